"""AWS API Call via CloudTrail: events of changing calls, in regions where a trail logs."""

import json
from random import Random
from typing import Any

from moto.cloudtrail.models import Trail, cloudtrail_backends

from sandbox.cloudformation.kinds import lowered
from sandbox.ec2.notices import Notices
from sandbox.gateway import ADMINISTRATOR, Call, Gateway
from sandbox.random_ids import uuid4

CHANGES: dict[str, dict[str, tuple[str, ...]]] = {
    "rbin": {
        "CreateRule": ("Identifier",),
        "DeleteRule": (),
        "LockRule": (),
        "TagResource": (),
        "UnlockRule": (),
        "UntagResource": (),
        "UpdateRule": (),
    },
}
"""The changing operations whose calls are told, by service, and the members of their answers that CloudTrail keeps."""


class CloudTrail:
    """Watches the gateway's calls. Trails are the ones that moto's backends hold."""

    def __init__(self, gateway: Gateway, notices: Notices) -> None:
        """Tell of calls by `notices`."""
        self._gateway, self._notices = gateway, notices
        self._ids = Random(67)  # noqa: S311 - event ids, the same in every run
        gateway.watchers.append(self._watch)

    def _watch(self, call: Call) -> None:
        kept = CHANGES.get(call.service, {}).get(call.operation)
        if kept is not None and any(_logs(trail, call) for trail in self._trails()):
            self._notices.send(call.region, f"aws.{call.service}", "AWS API Call via CloudTrail", [], self._detail(call, kept))

    def _trails(self) -> list[Trail]:
        return [trail for backend in cloudtrail_backends[self._gateway.account].values() for trail in backend.trails.values()]

    def _detail(self, call: Call, kept: tuple[str, ...]) -> dict[str, Any]:
        answered = {name: value for name, value in (call.response or {}).items() if name in kept}
        detail = {
            "eventVersion": "1.09",
            "userIdentity": self._identity(call),
            "eventTime": call.time.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "eventSource": _source(call),
            "eventName": call.operation,
            "awsRegion": call.region,
            "sourceIPAddress": "127.0.0.1",
            "userAgent": "sandbox",
            "requestParameters": _written(call.parameters),
            "responseElements": _written(answered),
            "requestID": call.request_id,
            "eventID": uuid4(self._ids),
            "readOnly": False,
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": self._gateway.account,
            "eventCategory": "Management",
        }
        failed = {"errorCode": call.error_code, "errorMessage": call.error_message} if call.error_code else {}
        return detail | failed

    def _identity(self, call: Call) -> dict[str, Any]:
        """Who made a call: the administrator, a role, or a service for the administrator."""
        account = self._gateway.account
        if call.role_arn:
            issuer = {"type": "Role", "arn": call.role_arn, "accountId": account, "userName": call.caller}
            return {"type": "AssumedRole", "arn": call.caller_arn, "accountId": account, "sessionContext": {"sessionIssuer": issuer}}
        user = {"type": "IAMUser", "arn": f"arn:aws:iam::{account}:user/administrator", "accountId": account, "userName": "administrator"}
        return user if call.caller == ADMINISTRATOR.name else user | {"invokedBy": f"{call.caller}.amazonaws.com"}


def _source(call: Call) -> str:
    return f"{call.service}.amazonaws.com"


def _written(values: dict[str, Any]) -> Any:
    """Parameters and answers as CloudTrail spells them; None if there are none."""
    return lowered(json.loads(json.dumps(values, default=str))) or None


def _logs(trail: Trail, call: Call) -> bool:
    """Whether a trail logs a changing call."""
    if not trail.status.is_logging or not (trail.is_multi_region or trail.region_name == call.region):
        return False
    if trail.event_selectors:
        return any(each.get("IncludeManagementEvents", True) and each.get("ReadWriteType") != "ReadOnly" for each in trail.event_selectors)
    advanced = trail.advanced_event_selectors
    return not advanced or any(all(_picks(field, call) for field in each["FieldSelectors"]) for each in advanced)


def _picks(field: dict[str, Any], call: Call) -> bool:
    """Whether a field of an advanced selector picks a call. Of its operators, Equals and NotEquals are there; others pick nothing."""
    about = {"eventCategory": "Management", "readOnly": "false", "eventSource": _source(call), "eventName": call.operation}
    value = about.get(field["Field"])
    known = set(field) <= {"Field", "Equals", "NotEquals"}
    return known and value in field.get("Equals", [value]) and value not in field.get("NotEquals", [])
