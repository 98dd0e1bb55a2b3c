"""EC2's encoded authorization failures, and sts:DecodeAuthorizationMessage."""

import base64
import binascii
import json
import zlib
from typing import Any

from sandbox.gateway import ApiError, Request
from sandbox.iam.evaluate import Question


def encode(who: str, question: Question, *, explicit: bool) -> str:
    """What was asked and refused, as text that only STS can read."""
    conditions = [{"key": key, "values": {"items": [{"value": value} for value in values]}} for key, values in question.context.items()]
    found = {
        "allowed": False,
        "explicitDeny": explicit,
        "matchedStatements": {"items": []},
        "failures": {"items": []},
        "context": {
            "principal": {"arn": who},
            "action": question.action,
            "resource": question.resource,
            "conditions": {"items": conditions},
        },
    }
    return base64.urlsafe_b64encode(zlib.compress(json.dumps(found).encode())).decode()


def decode_authorization_message(request: Request) -> dict[str, Any]:
    """DecodeAuthorizationMessage. Raises ApiError for what EC2 has not encoded."""
    try:
        text = zlib.decompress(base64.urlsafe_b64decode(request.parameters["EncodedMessage"])).decode()
    except (binascii.Error, zlib.error, ValueError) as error:
        raise ApiError("InvalidAuthorizationMessageException", "Invalid encoded authorization message.") from error
    return {"DecodedMessage": text}
