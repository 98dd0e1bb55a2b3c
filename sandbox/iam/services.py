"""What the services other than EC2 check for a request: an action on the resources that its parameters name."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sandbox.gateway import Request
from sandbox.iam import s3
from sandbox.iam.arns import arn_like
from sandbox.iam.conditions import Context
from sandbox.iam.evaluate import Question, context
from sandbox.iam.keys import KeyRights
from sandbox.iam.named import NAMED
from sandbox.iam.questions import Place, Target, ask
from sandbox.iam.rows import action, fill

PREFIXES = {"resourcegroupstaggingapi": "tag", "service-quotas": "servicequotas"}
"""The prefixes of actions, where they are not the service's name."""
ACTIONS = {
    ("lambda", "Invoke"): ["InvokeFunction"],
    ("lambda", "InvokeWithResponseStream"): ["InvokeFunction"],
    ("kms", "ReEncrypt"): ["ReEncryptFrom", "ReEncryptTo"],
}
"""The actions of operations that are not called alike."""
FREE = {("sts", "GetCallerIdentity")}
"""What needs no permission."""
About = Callable[[Request], Mapping[str, Any]]


def questions(request: Request, shared: Context, special: Mapping[str, About], keys: KeyRights) -> Iterator[Question]:
    """What must be allowed. `special` gives, by service, the condition keys that it alone has; `keys` knows what requests to KMS name.

    Tags of queues, functions, buckets and so on are not known here: what asks for them by aws:ResourceTag is refused.
    """
    if (request.service, request.operation) in FREE:
        return
    place = Place(request.region, request.account)
    known = {**shared, **context({**_tags(request.parameters), **special.get(request.service, _nothing)(request)})}
    for name in _actions(request):
        yield from ask(name, keys.targets(request) if request.service == "kms" else _targets(request, name), known, place)


def _nothing(_: Request) -> Mapping[str, Any]:
    return {}


def _actions(request: Request) -> list[str]:
    prefix, operation = PREFIXES.get(request.service, request.service), request.operation
    if prefix == "s3":
        return s3.actions(request)
    names = ACTIONS.get((prefix, operation), [operation])
    return [f"{prefix}:{name if action(f'{prefix}:{name}') else name.removesuffix('Batch')}" for name in names]


def _targets(request: Request, name: str) -> Iterator[Target]:
    """The resources that a request names: by ARN, or by names of which the reference says what ARN they make."""
    entry, named = action(name), NAMED.get(request.service, {})
    for row in entry.rows.values() if entry else ():
        if row.kind in named:
            for values in named[row.kind](request):
                whole = values[0].startswith("arn:")
                yield Target(row.kind, values[0] if whole else fill(row.template, request.region, request.account, *values))
        else:
            anything = fill(row.template, "*", "*")
            yield from (Target(row.kind, arn) for arn in _arns(request.parameters) if arn_like(anything, arn))


def _arns(parameters: Mapping[str, Any]) -> Iterator[str]:
    for value in parameters.values():
        yield from (one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str) and one.startswith("arn:"))


def _tags(given: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of tags that a request gives, or of tag keys that it takes away, in any of the forms that services have for them."""
    tags = given.get("Tags") or given.get("tags") or {}
    if isinstance(tags, list):
        tags = {one.get("Key") or one.get("TagKey"): one.get("Value", one.get("TagValue", "")) for one in tags}
    keys = given.get("TagKeys") or given.get("tagKeys") or tuple(tags)
    return {f"aws:RequestTag/{key}": value for key, value in tags.items()} | ({"aws:TagKeys": tuple(keys)} if keys else {})
