"""UpdateRule and DeleteRule."""

from dataclasses import replace
from typing import Any

from sandbox.gateway import Request
from sandbox.rbin import notices
from sandbox.rbin.answers import answer
from sandbox.rbin.errors import conflict, invalid
from sandbox.rbin.limits import check_rule
from sandbox.rbin.plane import Rbin
from sandbox.rbin.rule import Rule, pairs


def update_rule(rbin: Rbin, request: Request) -> dict[str, Any]:
    """UpdateRule of what is named; only what enters the bin afterwards is affected. The resource type stays as it is."""
    given, rule = request.parameters, _changeable(rbin, request)
    if given.get("ResourceType", rule.resource_type) != rule.resource_type:
        raise invalid("The resource type of a retention rule cannot be changed.")
    changed = replace(
        rule,
        days=given["RetentionPeriod"]["RetentionPeriodValue"] if "RetentionPeriod" in given else rule.days,
        description=given.get("Description", rule.description),
        resource_tags=pairs(given["ResourceTags"]) if "ResourceTags" in given else rule.resource_tags,
        exclusions=pairs(given["ExcludeResourceTags"]) if "ExcludeResourceTags" in given else rule.exclusions,
    )
    check_rule(rbin, request.region, changed)
    rbin.rules[request.region][rule.id] = changed
    return answer(rbin, request, changed)


def delete_rule(rbin: Rbin, request: Request) -> dict[str, Any]:
    """DeleteRule: what is in the bin stays there until its time."""
    rule = _changeable(rbin, request)
    del rbin.rules[request.region][rule.id]
    return {}


def _changeable(rbin: Rbin, request: Request) -> Rule:
    """The request's rule, unless its lock forbids it. A lock whose delay is running forbids it too; AWS documents no event for that."""
    rule = rbin.rule(request.region, request.parameters["Identifier"])
    if rule.lock_state == "locked":
        notices.change_attempted(rbin, request, rule)
    if rule.guarded:
        raise conflict(f"The rule {rule.id} is {rule.lock_state}: it cannot be changed or deleted.")
    return rule
