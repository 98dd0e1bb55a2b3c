"""The condition keys that the Recycle Bin has of its own."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.gateway import Request

Rule = tuple[str, Mapping[str, str]]
RuleOf = Callable[[str, str], Rule | None]
"""A rule's resource type and tags, by region and identifier; None if there is none."""


def about(request: Request, rule_of: RuleOf) -> dict[str, Any]:
    """What a request says of the type it is for, and what the rule that it names has."""
    given = request.parameters
    identifier = given.get("Identifier") or given.get("ResourceArn", "").rpartition("/")[2]
    kind, tags = rule_of(request.region, identifier) or (None, {})
    of_rule = {f"aws:ResourceTag/{key}": value for key, value in tags.items()}
    return {"rbin:Request/ResourceType": given.get("ResourceType"), "rbin:Attribute/ResourceType": kind, **of_rule}
