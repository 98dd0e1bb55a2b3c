"""The gateway's guard: a role does only what its policies, and those on the resource, allow."""

from collections.abc import Iterator
from http import HTTPStatus

from sandbox.ec2.store import Store
from sandbox.gateway import ApiError, Request
from sandbox.iam import ec2, encoded, judgement, on_resources, rbin, roles, s3, services
from sandbox.iam.credentials import invalid
from sandbox.iam.evaluate import Question
from sandbox.iam.forwarded import forwarded
from sandbox.iam.keys import KeyRights, find_key, key_problem
from sandbox.iam.passing import passing
from sandbox.iam.shared_keys import shared_keys

REFUSALS = {
    "ec2": ("UnauthorizedOperation", HTTPStatus.FORBIDDEN),
    "sns": ("AuthorizationError", HTTPStatus.FORBIDDEN),
    **dict.fromkeys(("autoscaling", "cloudformation", "cloudwatch", "iam", "s3", "sqs", "sts"), ("AccessDenied", HTTPStatus.FORBIDDEN)),
    **dict.fromkeys(("imagebuilder", "lambda", "rbin", "scheduler"), ("AccessDeniedException", HTTPStatus.FORBIDDEN)),
}
OTHERS = ("AccessDeniedException", HTTPStatus.BAD_REQUEST)


class IamGuard:
    """Judges the calls of roles; the administrator may do everything."""

    def __init__(self, store: Store, rule_of: rbin.RuleOf, keys: KeyRights) -> None:
        """Look up EC2's resources in `store`, rules of the Recycle Bin by `rule_of`, and keys by `keys`."""
        self._store = store
        self._keys = keys
        self._special: dict[str, services.About] = {
            "cloudwatch": lambda request: {"cloudwatch:namespace": request.parameters.get("Namespace")},
            "kms": keys.about,
            "rbin": lambda request: rbin.about(request, rule_of),
            "s3": s3.about,
        }

    def __call__(self, request: Request) -> None:
        """Raise ApiError, as the service would say it, unless the caller may make this request."""
        arn = request.caller.role_arn
        if arn is None:
            return
        if roles.role(request.account, arn) is None:
            raise invalid(request.service)
        for question in self.questions(request):
            problem = self._problem(request, arn, question)
            if problem:
                code, status = REFUSALS.get(request.service, OTHERS)
                raise ApiError(code, _message(request, question, problem), status)

    def questions(self, request: Request) -> Iterator[Question]:
        """All that must be allowed for a request."""
        shared = shared_keys(request.account, request.region, request.caller, request.time)
        if request.service == "ec2":
            yield from ec2.questions(request, shared, self._store)
            yield from forwarded(request, shared)
        else:
            yield from services.questions(request, shared, self._special, self._keys)
        yield from passing(request, shared)

    def _problem(self, request: Request, arn: str, question: Question) -> str | None:
        if request.service == "kms" and (key := find_key(request.account, request.region, question.resource)) is not None:
            return key_problem(request.account, key, arn, question)
        return judgement.problem(request.account, arn, question, on_resources.policies(request.account, question.resource))


def _message(request: Request, question: Question, problem: str) -> str:
    who = request.caller.arn(request.account)
    text = f"User: {who} is not authorized to perform: {question.action} on resource: {question.resource} {problem}"
    if request.service != "ec2":
        return text
    failure = encoded.encode(who, question, explicit="explicit deny" in problem)
    return f"You are not authorized to perform this operation. {text}. Encoded authorization failure message: {failure}"
