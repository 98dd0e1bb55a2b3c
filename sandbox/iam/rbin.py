"""What the Recycle Bin checks for a request: one action on a rule, with the rule's resource type and tags."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.gateway import Request
from sandbox.iam.evaluate import Question, context

Rule = tuple[str, Mapping[str, str]]
RuleOf = Callable[[str, str], Rule | None]
"""A rule's resource type and tags, by region and identifier; None if there is none."""


def questions(request: Request, shared: dict[str, Any], rule_of: RuleOf) -> list[Question]:
    """What must be allowed, each by itself. A rule that is made with tags or a lock needs the permission for those too."""
    given = request.parameters
    known = shared | _given(request) | _held(request, rule_of)
    resource = "*" if request.operation == "ListRules" else _arn(request)
    wanted = [request.operation]
    if request.operation == "CreateRule":
        wanted += [name for name, parameter in (("TagResource", "Tags"), ("LockRule", "LockConfiguration")) if given.get(parameter)]
    return [Question(f"rbin:{operation}", resource, context(known)) for operation in wanted]


def _identifier(request: Request) -> str:
    given = request.parameters
    return str(given.get("Identifier") or given.get("ResourceArn", "").rpartition("/")[2])


def _arn(request: Request) -> str:
    return f"arn:aws:rbin:{request.region}:{request.account}:rule/{_identifier(request) or '*'}"


def _given(request: Request) -> dict[str, Any]:
    """What a request says of the rule: the type that it asks for, tags that it gives or keys that it takes away."""
    given = request.parameters
    tags = {tag["Key"]: tag["Value"] for tag in given.get("Tags", [])}
    keys = tuple(given.get("TagKeys", tags))
    about = {f"aws:RequestTag/{key}": value for key, value in tags.items()} | ({"aws:TagKeys": keys} if keys else {})
    return about | {"rbin:Request/ResourceType": given.get("ResourceType")}


def _held(request: Request, rule_of: RuleOf) -> dict[str, Any]:
    """What the rule that a request names has."""
    kind, tags = rule_of(request.region, _identifier(request)) or (None, {})
    return {"rbin:Attribute/ResourceType": kind} | {f"aws:ResourceTag/{key}": value for key, value in tags.items()}
