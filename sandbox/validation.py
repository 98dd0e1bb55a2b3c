"""What a request's parameters must be by the service's model: refused as the service does it, for what the sandbox answers itself."""

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from moto.core.model import OperationModel
from moto.core.request import Request as HttpRequest
from moto.core.utils import get_service_model

from sandbox.gateway import ApiError, Gateway, Request
from sandbox.rbin.errors import invalid
from sandbox.shapes import Problem, problems

OF_EVERY_QUERY = {"Action", "Version", "AWSAccessKeyId", "Signature", "SignatureMethod", "SignatureVersion", "SecurityToken", "Timestamp"}
UNWRITABLE = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What answers in XML cannot have: controls and halves of characters."""

PLACE = re.compile(r"\[\d+\]")
EC2S_CODES = {
    "Name": "InvalidAMIName.Malformed",
    "LaunchTemplateName": "InvalidLaunchTemplateName.MalformedException",
    **dict.fromkeys(("LaunchPermission.Add.Group", "LaunchPermission.Remove.Group"), "InvalidAMIAttributeItemValue"),
    **dict.fromkeys(("CreateVolumePermission.Add.Group", "CreateVolumePermission.Remove.Group"), "InvalidAttributeValue"),
}
"""EC2's codes for values that are not allowed, where it has one of its own."""


class Validation:
    """A guard that refuses parameters which the model of an operation in `gateway.operations` does not allow.

    boto3 checks types, required members and lower bounds itself, before it sends; enums, patterns and upper bounds it leaves to the service.
    """

    def __init__(self, gateway: Gateway) -> None:
        """Guard what `gateway` answers."""
        self._gateway = gateway

    def __call__(self, request: Request) -> None:
        """Raise ApiError for the first problem, as the service words it. EC2 takes no text that it could not answer with."""
        if request.service == "ec2":
            check_characters(request.parameters)
        shape = _input(request.service, request.operation) if self._gateway.is_ours(request) else None
        found = next(iter(problems(shape, request.parameters)), None) if shape else None
        if found:
            raise refusal(request.service, found)


def refusal(service: str, problem: Problem) -> ApiError:
    """The error that the service answers with."""
    if service == "ec2":
        return _of_ec2(problem)
    text = f"1 validation error detected: {problem}"
    if get_service_model(service).metadata["protocol"] == "query":
        return ApiError("ValidationError", text)
    if problem.kind == "type":
        return ApiError("SerializationException", text)
    if service == "rbin":
        return invalid(text, "INVALID_PAGE_TOKEN" if problem.path == "NextToken" else "INVALID_PARAMETER_VALUE")
    return ApiError("ValidationException", text)


def check_characters(value: Any) -> None:
    """Let pass text that can be answered with, all the way down.

    Raises:
        ApiError: InvalidParameterValue. Unverified: its code and text.
    """
    if isinstance(value, str):
        if UNWRITABLE.search(value):
            raise ApiError("InvalidParameterValue", f"Value ( {value!a} ) has characters that are not valid.")
    elif isinstance(value, dict):
        for each in value.values():
            check_characters(each)
    elif isinstance(value, list):
        for each in value:
            check_characters(each)


def unreadable(protocol: str, error: Exception) -> ApiError:
    """The error for a request whose parameters cannot be read at all: text for a number, JSON that is none."""
    code = {"ec2": "InvalidParameterValue", "query": "MalformedInput", "rest-xml": "MalformedXML"}.get(protocol, "SerializationException")
    return ApiError(code, f"The request cannot be read: {error}")


def check_sent(operation: OperationModel, protocol: str, http: HttpRequest) -> None:
    """Let pass what reading the parameters would not notice: it leaves out what it does not know, and makes numbers of text.

    Raises:
        ApiError: UnknownParameter, InvalidParameterValue or SerializationException.
    """
    if protocol == "ec2":
        check_form(operation, http.values)
    elif protocol in {"json", "rest-json"} and (shape := _body(operation)) and (body := http.get_data()):
        try:
            sent = json.loads(body)
        except ValueError as error:
            raise unreadable(protocol, error) from error
        found = next((one for one in problems(shape, sent) if one.kind == "type"), None)
        if found:
            raise refusal(str(operation.service_model.service_name), found)


def check_form(operation: OperationModel, form: Mapping[str, str]) -> None:
    """The same of an ec2 operation's form."""
    known = _names_of(str(operation.service_model.service_name), str(operation.name))
    for name, value in form.items():
        first = name.partition(".")[0]
        if first in OF_EVERY_QUERY or first.startswith("X-Amz-"):
            continue
        if first not in known:
            raise ApiError("UnknownParameter", f"The parameter {first} is not recognized")
        if known[first] == "boolean" and value.lower() not in {"true", "false"}:
            raise ApiError("InvalidParameterValue", f"Invalid value {value!a} for {first}; true or false is expected")


def _body(operation: OperationModel) -> Any:
    """The shape of what an operation's body is in JSON; None where it is bytes or text of the caller's."""
    shape: Any = operation.input_shape
    payload = shape.serialization.get("payload") if shape else None
    inner = shape.members[payload] if payload else shape
    return inner if inner and inner.type_name == "structure" else None


def _of_ec2(problem: Problem) -> ApiError:
    if problem.kind == "missing":
        return ApiError("MissingParameter", f"The request must contain the parameter {problem.path}")
    if problem.kind == "unknown":
        return ApiError("UnknownParameter", f"The parameter {problem.path} is not recognized")
    code = EC2S_CODES.get(PLACE.sub("", problem.path), "InvalidParameterValue")
    return ApiError(code, f"Value ( {problem.value} ) for parameter {problem.path} is invalid. {problem.constraint}")


@cache
def _input(service: str, operation: str) -> Any:
    """The shape of an operation's parameters; None if it takes none."""
    return get_service_model(service).operation_model(operation).input_shape


@cache
def _names_of(service: str, operation: str) -> dict[str, str]:
    """The parameters of an ec2 operation as forms name them, with their types."""
    shape = _input(service, operation)
    members: Iterable[tuple[str, Any]] = shape.members.items() if shape else ()
    return {_in_form(name, member): str(member.type_name) for name, member in members}


def _in_form(name: str, member: Any) -> str:
    given = str(member.serialization.get("queryName") or member.serialization.get("name") or name)
    return given[0].upper() + given[1:]
