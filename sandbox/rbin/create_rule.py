"""CreateRule."""

from typing import Any

from sandbox.gateway import Request
from sandbox.rbin import locks
from sandbox.rbin.answers import answer
from sandbox.rbin.errors import invalid
from sandbox.rbin.limits import check_number, check_rule, check_tags
from sandbox.rbin.plane import Rbin
from sandbox.rbin.rule import Rule, pairs


def create_rule(rbin: Rbin, request: Request) -> dict[str, Any]:
    """CreateRule: pending, then available; each call makes another rule, the same one or not."""
    given, region = request.parameters, request.region
    rule = _rule(rbin, request)
    if "LockConfiguration" in given and not rule.lockable:
        raise invalid("Only Region-level retention rules without exclusion tags can be locked.")
    check_rule(rbin, region, rule)
    check_tags(rule.tags)
    check_number(rbin, region)
    rbin.rules[region][rule.id] = rule
    if "LockConfiguration" in given:
        locks.lock(rbin, request, rule)
    return answer(rbin, request, rule)


def _rule(rbin: Rbin, request: Request) -> Rule:
    given, now, identifier = request.parameters, rbin.ec2.now(), rbin.new_id()
    others = rbin.of_type(request.region, given["ResourceType"])
    return Rule(
        id=identifier,
        arn=f"arn:aws:rbin:{request.region}:{request.account}:rule/{identifier}",
        number=next(rbin.numbers),
        resource_type=given["ResourceType"],
        created=now,
        first=min((other.first for other in others), default=now),
        days=given["RetentionPeriod"]["RetentionPeriodValue"],
        description=given.get("Description", ""),
        resource_tags=pairs(given.get("ResourceTags", [])),
        exclusions=pairs(given.get("ExcludeResourceTags", [])),
        tags={tag["Key"]: tag["Value"] for tag in given.get("Tags", [])},
    )
