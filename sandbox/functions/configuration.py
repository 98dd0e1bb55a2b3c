"""What Lambda refuses of a function's own configuration: its timeout, its memory, its variables."""

import json

from moto.core.utils import get_service_model

from sandbox.functions.destinations import CONFIGURING
from sandbox.gateway import ApiError, Request
from sandbox.shapes import problems
from sandbox.validation import refusal

MODELED = ("Timeout", "MemorySize", "Environment")
LARGEST = {"Timeout": 900, "MemorySize": 10_240}
"""Seconds, and MB. The model allows more, to functions on instances of their own."""
LARGEST_ENVIRONMENT = 4_096
RESERVED = frozenset(
    {
        *("AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
        *("AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV", "AWS_REGION", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT"),
        *(f"AWS_LAMBDA_FUNCTION_{name}" for name in ("MEMORY_SIZE", "NAME", "VERSION")),
        *(f"AWS_LAMBDA_{name}" for name in ("INITIALIZATION_TYPE", "LOG_GROUP_NAME", "LOG_STREAM_NAME", "MAX_CONCURRENCY")),
        *(f"AWS_LAMBDA_{name}" for name in ("METADATA_API", "METADATA_TOKEN", "RUNTIME_API")),
    }
)
"""Variables that Lambda sets and nobody else may; those that begin with an underscore are no names that the model allows."""


def check_configuration(request: Request) -> None:
    """Refuse a timeout, a memory size or variables that a function cannot have.

    Raises:
        ApiError: ValidationException for what the model forbids, InvalidParameterValueException for what only Lambda does.
    """
    if request.service != "lambda" or request.operation not in CONFIGURING:
        return
    given = request.parameters
    members = get_service_model("lambda").operation_model(request.operation).input_shape.members
    for name in MODELED:
        for problem in problems(members[name], given[name], name) if given.get(name) is not None else ():
            raise refusal("lambda", problem)
    for name, largest in LARGEST.items():
        if (given.get(name) or 0) > largest:
            message = f"'{name}' value failed to satisfy constraint: Member must have value less than or equal to {largest}"
            raise ApiError("InvalidParameterValueException", message)
    _check_variables((given.get("Environment") or {}).get("Variables") or {})


def _check_variables(variables: dict[str, str]) -> None:
    unable = "Lambda was unable to configure your environment variables because the environment variables you have provided "
    if reserved := ", ".join(sorted(RESERVED & variables.keys())):
        text = f"contains reserved keys that are currently not supported for modification. Reserved keys used in this request: {reserved}"
        raise ApiError("InvalidParameterValueException", unable + text)
    measured = json.dumps(variables, ensure_ascii=False, separators=(",", ":"))
    if len(measured.encode()) > LARGEST_ENVIRONMENT:
        raise ApiError("InvalidParameterValueException", f"{unable}exceeded the 4KB limit. String measured: {measured}")
