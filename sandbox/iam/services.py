"""What the services other than EC2 check for a request: mostly one action on the one resource that its parameters name."""

from collections.abc import Callable
from typing import Any

from sandbox.gateway import Request
from sandbox.iam.evaluate import Question, context
from sandbox.iam.keys import find_key

S3_ACTIONS = {
    "AbortMultipartUpload": "AbortMultipartUpload",
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "DeleteObject": "DeleteObject",
    "GetObject": "GetObject",
    "GetObjectAttributes": "GetObjectAttributes",
    "HeadObject": "GetObject",
    "PutObject": "PutObject",
    "UploadPart": "PutObject",
}
S3_LISTS = {"HeadBucket", "ListObjects", "ListObjectsV2"}


def questions(request: Request, shared: dict[str, Any]) -> list[Question]:
    """What must be allowed; sts:GetCallerIdentity needs no permission."""
    if (request.service, request.operation) == ("sts", "GetCallerIdentity"):
        return []
    asked = SERVICES.get(request.service)
    if asked is None:
        return [Question(f"{request.service}:{request.operation}", "*", context(shared))]
    action, resource, more = asked(request)
    return [Question(action, resource, context(shared | more))]


Asked = tuple[str, str, dict[str, Any]]


def _arn(request: Request, service: str, resource: str) -> str:
    return f"arn:aws:{service}:{request.region}:{request.account}:{resource}"


def _s3(request: Request) -> Asked:
    given, operation = request.parameters, request.operation
    if operation == "ListBuckets":
        return "s3:ListAllMyBuckets", "*", {}
    bucket = f"arn:aws:s3:::{given['Bucket']}"
    if operation in S3_LISTS:
        return "s3:ListBucket", bucket, {"s3:prefix": given.get("Prefix"), "s3:delimiter": given.get("Delimiter")}
    if operation in S3_ACTIONS:
        return f"s3:{S3_ACTIONS[operation]}", f"{bucket}/{given['Key']}", {}
    return f"s3:{operation}", f"{bucket}/{given['Key']}" if "Key" in given else bucket, {}


def _sqs(request: Request) -> Asked:
    url = request.parameters.get("QueueUrl")
    name = url.rsplit("/", 1)[-1] if url else request.parameters.get("QueueName", "*")
    return f"sqs:{request.operation.removesuffix('Batch')}", _arn(request, "sqs", name), {}


def _sns(request: Request) -> Asked:
    given = request.parameters
    arn = given.get("TopicArn") or given.get("TargetArn") or given.get("SubscriptionArn")
    return f"sns:{request.operation.removesuffix('Batch')}", arn or "*", {}


def _lambda(request: Request) -> Asked:
    name = request.parameters.get("FunctionName")
    arn = "*" if not name else name if name.startswith("arn:") else _arn(request, "lambda", f"function:{name}")
    return f"lambda:{'InvokeFunction' if request.operation == 'Invoke' else request.operation}", arn, {}


def _logs(request: Request) -> Asked:
    given = request.parameters
    group, stream = given.get("logGroupName"), given.get("logStreamName")
    resource = "*" if not group else f"log-group:{group}:log-stream:{stream}" if stream else f"log-group:{group}:*"
    return f"logs:{request.operation}", _arn(request, "logs", resource) if group else "*", {}


def _scheduler(request: Request) -> Asked:
    given = request.parameters
    group = given.get("GroupName") or "default"
    resource = f"schedule-group/{given['Name']}" if request.operation.endswith("Group") else f"schedule/{group}/{given.get('Name', '*')}"
    return f"scheduler:{request.operation}", _arn(request, "scheduler", resource), {}


def _events(request: Request) -> Asked:
    if request.operation == "PutEvents":
        buses = {entry.get("EventBusName", "default").rsplit("/", 1)[-1] for entry in request.parameters["Entries"]}
        return "events:PutEvents", _arn(request, "events", f"event-bus/{min(buses)}"), {}
    name = request.parameters.get("Rule") or request.parameters.get("Name")
    return f"events:{request.operation}", _arn(request, "events", f"rule/{name}") if name else "*", {}


def _kms(request: Request) -> Asked:
    asked = request.parameters.get("KeyId") or request.parameters.get("TargetKeyId")
    key = find_key(request.account, request.region, asked) if asked else None
    if key is None:
        return f"kms:{request.operation}", _arn(request, "kms", f"key/{asked}") if asked else "*", {"kms:CallerAccount": request.account}
    more = {"kms:ResourceAliases": tuple(key.aliases), "kms:CallerAccount": request.account, "kms:KeySpec": key.key_spec}
    alias = asked.rsplit(":", 1)[-1] if asked else ""
    return f"kms:{request.operation}", key.arn, more | ({"kms:RequestAlias": alias} if alias.startswith("alias/") else {})


def _ssm(request: Request) -> Asked:
    name = request.parameters.get("Name") or request.parameters.get("Path") or ""
    return f"ssm:{request.operation}", _arn(request, "ssm", f"parameter/{name.lstrip('/')}") if name else "*", {}


def _cloudwatch(request: Request) -> Asked:
    return f"cloudwatch:{request.operation}", "*", {"cloudwatch:namespace": request.parameters.get("Namespace")}


SERVICES: dict[str, Callable[[Request], Asked]] = {
    "cloudwatch": _cloudwatch,
    "events": _events,
    "kms": _kms,
    "lambda": _lambda,
    "logs": _logs,
    "s3": _s3,
    "scheduler": _scheduler,
    "sns": _sns,
    "sqs": _sqs,
    "ssm": _ssm,
}
