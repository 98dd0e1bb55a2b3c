"""How requests to services name resources: the values that go into the resource's ARN, or the ARN itself as the only one."""

from collections.abc import Callable, Iterable
from typing import Any

from sandbox.gateway import Request

Values = tuple[str, ...]
Names = Callable[[Request], Iterable[Values]]


def _one(*parameters: str) -> Names:
    """By the first of these parameters that is there."""
    return lambda request: [(str(request.parameters[name]),) for name in parameters if request.parameters.get(name)][:1]


def _each(*parameters: str) -> Names:
    """By each value of these parameters."""
    return lambda request: [(str(value),) for name in parameters for value in _listed(request.parameters.get(name))]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []


def _last(names: Names, separator: str = "/") -> Names:
    """By the last part of what `names` gives."""
    return lambda request: [(value.rsplit(separator, 1)[-1],) for (value,) in names(request)]


def _object(request: Request) -> Iterable[Values]:
    given = request.parameters
    several = (given.get("Delete") or {}).get("Objects") or []
    return [(given["Bucket"], key) for key in ([given["Key"]] if given.get("Key") else [one["Key"] for one in several])]


def _function(request: Request) -> Iterable[Values]:
    """By name, partial ARN or ARN, with a version or alias where one is asked for."""
    name, version = request.parameters.get("FunctionName", ""), request.parameters.get("Qualifier")
    plain = name.split(":function:", 1)[-1]
    if not plain or (name.startswith("arn:") and not version):
        return [(name,)] if name else []
    return [(f"{plain}:{version}" if version else plain,)]


def _parameter(request: Request) -> Iterable[Values]:
    given = request.parameters
    names = [given.get("Name"), given.get("Path"), *_listed(given.get("Names"))]
    return [(name if name.startswith("arn:") else name.lstrip("/"),) for name in names if name]


def _bus(request: Request) -> Iterable[Values]:
    """By name: an entry, a rule or a bus of its own."""
    entries = request.parameters.get("Entries")
    if entries is None:
        return _one("EventBusName", "Name")(request)
    return sorted({(entry.get("EventBusName") or "default",) for entry in entries})


def _rule(request: Request, *, default: bool) -> Iterable[Values]:
    bus = request.parameters.get("EventBusName", "default").rsplit("/", 1)[-1]
    names = _one("Rule", "Name")(request) if (bus == "default") == default else ()
    return [(name,) if default else (bus, name) for (name,) in names]


def _schedule(request: Request) -> Iterable[Values]:
    return [(request.parameters.get("GroupName") or "default", name) for (name,) in _one("Name")(request)]


def _group(request: Request) -> Iterable[Values]:
    """A log group; as a resource, it is all streams in it."""
    return [(f"{name}:log-stream:",) for (name,) in _one("logGroupName")(request)]


def _stream(request: Request) -> Iterable[Values]:
    return [(group, request.parameters.get("logStreamName") or "*") for (group,) in _one("logGroupName")(request)]


NAMED: dict[str, dict[str, Names]] = {
    "cloudformation": {
        "stack": lambda request: [(name, "*") if not name.startswith("arn:") else (name,) for (name,) in _one("StackName")(request)]
    },
    "cloudtrail": {"trail": _each("Name", "TrailName", "TrailNameList")},
    "cloudwatch": {"alarm": _each("AlarmName", "AlarmNames")},
    "events": {
        "event-bus": lambda request: [(name,) if name.startswith("arn:") else (name.rsplit("/", 1)[-1],) for (name,) in _bus(request)],
        "rule-on-default-event-bus": lambda request: _rule(request, default=True),
        "rule-on-custom-event-bus": lambda request: _rule(request, default=False),
    },
    "iam": {"role": _one("RoleName"), "policy": _one("PolicyArn", "PolicyName"), "instance-profile": _one("InstanceProfileName")},
    "lambda": {"function": _function, "eventSourceMapping": _one("UUID")},
    "logs": {"log-group": _group, "log-stream": _stream},
    "rbin": {"rule": _last(_one("Identifier", "ResourceArn"))},
    "s3": {"bucket": _one("Bucket"), "object": _object},
    "scheduler": {"schedule": _schedule, "schedule-group": _one("Name")},
    "sns": {"topic": _one("TopicArn", "TargetArn", "ResourceArn", "Name")},
    "sqs": {"queue": _last(_one("QueueUrl", "QueueName", "SourceArn"))},
    "ssm": {"parameter": _parameter, "document": _one("DocumentName"), "instance": _each("InstanceIds")},
    "sts": {"role": _one("RoleArn")},
}
"""By service and type of resource. Types that are not here are named by ARN."""
