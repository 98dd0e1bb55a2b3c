"""The gateway's guard: a role does only what its policies, and those on the resource, allow."""

from dataclasses import replace
from http import HTTPStatus
from typing import Any

from moto.s3.models import s3_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from sandbox.gateway import ApiError, Request
from sandbox.iam import ec2, rbin, roles, services
from sandbox.iam.evaluate import Principal, Question, Verdict, decide
from sandbox.iam.keys import find_key, may_use_key

REFUSALS = {
    "ec2": ("UnauthorizedOperation", HTTPStatus.FORBIDDEN),
    "sns": ("AuthorizationError", HTTPStatus.FORBIDDEN),
    **dict.fromkeys(("s3", "sqs", "iam", "sts", "cloudformation", "cloudwatch"), ("AccessDenied", HTTPStatus.FORBIDDEN)),
}
OTHERS = ("AccessDeniedException", HTTPStatus.BAD_REQUEST)


class IamGuard:
    """Judges the calls of roles; the administrator may do everything."""

    def __init__(self, tags_of: ec2.TagsOf, rule_of: rbin.RuleOf) -> None:
        """Look up EC2 resources' tags by `tags_of(region, id)`, the Recycle Bin's rules by `rule_of(region, id)`."""
        self._tags_of, self._rule_of = tags_of, rule_of

    def __call__(self, request: Request) -> None:
        """Raise ApiError, as the service would say it, unless the caller may make this request."""
        arn = request.caller.role_arn
        if arn is None:
            return
        if roles.role(request.account, arn) is None:
            raise ApiError("InvalidClientTokenId", "The security token included in the request is invalid.", HTTPStatus.FORBIDDEN)
        for question in self._questions(request):
            problem = _problem(request, arn, question)
            if problem:
                code, status = REFUSALS.get(request.service, OTHERS)
                raise ApiError(code, _message(request, arn, question, problem), status)

    def _questions(self, request: Request) -> list[Question]:
        shared = _shared(request)
        if request.service == "ec2":
            return ec2.questions(request, shared, self._tags_of)
        if request.service == "rbin":
            return rbin.questions(request, shared, self._rule_of)
        return services.questions(request, shared)


def _shared(request: Request) -> dict[str, Any]:
    """The condition keys that every request has."""
    return {
        "aws:RequestedRegion": request.region,
        "aws:PrincipalArn": request.caller.role_arn,
        "aws:PrincipalAccount": request.account,
        "aws:PrincipalType": "AssumedRole",
        "aws:SecureTransport": True,
        "aws:CurrentTime": request.time.isoformat(),
        "aws:EpochTime": str(int(request.time.timestamp())),
        "aws:ViaAWSService": False,
        "s3:TlsVersion": "1.3" if request.service == "s3" else None,
        "ec2:Region": request.region if request.service == "ec2" else None,
    }


def _problem(request: Request, arn: str, question: Question) -> str | None:
    """Why this is refused, or None."""
    boundary = _boundary(request.account, arn)
    if boundary and decide(boundary, question) is not Verdict.ALLOW:
        return f"no permissions boundary allows the {question.action} action"
    if request.service == "kms" and (key := find_key(request.account, request.region, question.resource)) is not None:
        return None if may_use_key(request.account, key, request.caller, question) else f"no policy allows the {question.action} action"
    identity = decide(roles.policies(request.account, arn), question)
    on_resource = _on_resource(request.account, question.resource)
    denied = decide(on_resource, replace(question, principal=Principal(request.account, arn))) is Verdict.DENY
    named = decide(on_resource, replace(question, principal=Principal(arn=arn)))
    if identity is Verdict.DENY:
        return "with an explicit deny in an identity-based policy"
    if denied:
        return "with an explicit deny in a resource-based policy"
    return None if Verdict.ALLOW in {identity, named} else f"because no identity-based policy allows the {question.action} action"


def _boundary(account: str, arn: str) -> list[dict[str, Any]]:
    found = roles.role(account, arn)
    return roles.managed(account, found.permissions_boundary_arn) if found and found.permissions_boundary_arn else []


def _on_resource(account: str, arn: str) -> list[dict[str, Any]]:
    """The policies on a bucket, queue or topic; naming the account there is no permission by itself within it."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return []
    service, region, resource = parts[2], parts[3], parts[5]
    policy: str | bytes | None = None
    if service == "s3":
        bucket = s3_backends[account]["aws"].buckets.get(resource.split("/", 1)[0])
        policy = bucket.policy if bucket else None
    elif service == "sqs" and (queue := sqs_backends[account][region].queues.get(resource)):
        policy = queue.policy
    elif service == "sns" and (topic := sns_backends[account][region].topics.get(arn)):
        policy = topic.policy
    text = policy.decode() if isinstance(policy, bytes) else policy
    return [roles.document(text)] if text else []


def _message(request: Request, arn: str, question: Question, problem: str) -> str:
    who = f"arn:aws:sts::{request.account}:assumed-role/{arn.rsplit('/', 1)[-1]}/sandbox"
    text = f"User: {who} is not authorized to perform: {question.action} on resource: {question.resource} {problem}"
    return f"You are not authorized to perform this operation. {text}" if request.service == "ec2" else text
