"""GetRule and ListRules."""

import base64
import binascii
from typing import Any

from sandbox.gateway import Request
from sandbox.rbin.answers import answer, summary
from sandbox.rbin.errors import invalid
from sandbox.rbin.plane import Rbin
from sandbox.rbin.rule import Rule, pairs

PAGE = 50


def get_rule(rbin: Rbin, request: Request) -> dict[str, Any]:
    """GetRule: everything but the rule's own tags."""
    return answer(rbin, request, rbin.rule(request.region, request.parameters["Identifier"]))


def list_rules(rbin: Rbin, request: Request) -> dict[str, Any]:
    """ListRules for one resource type, in summaries. Pages have 50 rules unless MaxResults says otherwise: AWS documents no number."""
    given = request.parameters
    after = _number(given.get("NextToken"))
    found = [rule for rule in rbin.of_type(request.region, given["ResourceType"]) if rule.number > after and _is_picked(rule, given)]
    found.sort(key=lambda rule: rule.number)
    page, rest = found[: given.get("MaxResults", PAGE)], found[given.get("MaxResults", PAGE) :]
    result: dict[str, Any] = {"Rules": [summary(rbin, rule) for rule in page]}
    return result | ({"NextToken": _token(page[-1].number)} if rest else {})


def _is_picked(rule: Rule, given: dict[str, Any]) -> bool:
    """Whether a rule has the lock state and all of the pairs asked for. That it must have all of them is not documented."""
    return (
        given.get("LockState") in {None, rule.lock_state}
        and set(pairs(given.get("ResourceTags", []))) <= set(rule.resource_tags)
        and set(pairs(given.get("ExcludeResourceTags", []))) <= set(rule.exclusions)
    )


def _token(number: int) -> str:
    return base64.b64encode(f"after {number}".encode()).decode()


def _number(token: str | None) -> int:
    """The number of the last rule on the page before."""
    if token is None:
        return 0
    try:
        word, _, number = base64.b64decode(token, validate=True).decode().partition(" ")
    except (binascii.Error, UnicodeDecodeError):
        word, number = "", ""
    if word != "after" or not number.isdigit():
        raise invalid("The page token is invalid.", "INVALID_PAGE_TOKEN")
    return int(number)
