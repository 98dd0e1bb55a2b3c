"""What a set of policy documents says about one action on one resource. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from sandbox.iam.arns import action_like, arn_like, like
from sandbox.iam.conditions import Context, holds, key_name


class Verdict(Enum):
    """What policies say: a Deny wins over any Allow, and silence is not consent."""

    ALLOW = "allowed"
    DENY = "explicitly denied"
    SILENT = "not allowed by any policy"


@dataclass(frozen=True)
class Principal:
    """Who asks: a role (its ARN) of an account, or a service ("events.amazonaws.com")."""

    account: str = ""
    arn: str = ""
    service: str = ""


@dataclass(frozen=True)
class Question:
    """May `principal` do `action` (service:Name) on `resource` (an ARN, or *)? Context keys as `context()` writes them."""

    action: str
    resource: str
    context: Context = field(default_factory=dict)
    principal: Principal = field(default_factory=Principal)


def context(values: Mapping[str, Any]) -> Context:
    """`values` as a Context: keys normalized, single values as tuples of one, booleans as IAM spells them; None is absent."""
    return {key_name(key): _texts(value) for key, value in values.items() if value is not None}


def decide(policies: Iterable[Mapping[str, Any]], question: Question) -> Verdict:
    """What `policies` (documents) say. A document with a Principal element is a resource's policy and must name the asker."""
    verdict = Verdict.SILENT
    for policy in policies:
        for statement in _listed(policy.get("Statement")):
            if _applies(statement, question):
                if statement.get("Effect") == "Deny":
                    return Verdict.DENY
                verdict = Verdict.ALLOW
    return verdict


def _applies(statement: Mapping[str, Any], question: Question) -> bool:
    return (
        _names_principal(statement, question.principal)
        and _names_action(statement, question)
        and _names_resource(statement, question)
        and _conditions(statement, question)
    )


def _names_action(statement: Mapping[str, Any], question: Question) -> bool:
    if "NotAction" in statement:
        return not any(action_like(pattern, question.action) for pattern in _texts(statement["NotAction"]))
    return any(action_like(pattern, question.action) for pattern in _texts(statement.get("Action")))


def _names_resource(statement: Mapping[str, Any], question: Question) -> bool:
    if "NotResource" in statement:
        return not any(_resource_like(pattern, question) for pattern in _texts(statement["NotResource"]))
    if "Resource" not in statement:
        return "Principal" in statement  # a role's trust policy
    return any(_resource_like(pattern, question) for pattern in _texts(statement["Resource"]))


def _resource_like(pattern: str, question: Question) -> bool:
    filled = _fill(pattern, question.context)
    return filled is not None and (arn_like(filled, question.resource) if question.resource != "*" else filled == "*")


def _names_principal(statement: Mapping[str, Any], asker: Principal) -> bool:
    if "NotPrincipal" in statement:
        return not _listed_principal(statement["NotPrincipal"], asker)
    return "Principal" not in statement or _listed_principal(statement["Principal"], asker)


def _listed_principal(element: Any, asker: Principal) -> bool:
    if element == "*":
        return True
    services = _texts(element.get("Service"))
    accounts = (asker.account, f"arn:aws:iam::{asker.account}:root")
    return (bool(asker.service) and any(like(pattern, asker.service) for pattern in services)) or any(
        name == "*" or (bool(asker.arn) and (name == asker.arn or name in accounts)) for name in _texts(element.get("AWS"))
    )


def _conditions(statement: Mapping[str, Any], question: Question) -> bool:
    for name, keys in (statement.get("Condition") or {}).items():
        for key, wanted in keys.items():
            filled = tuple(text for text in (_fill(one, question.context) for one in _texts(wanted)) if text is not None)
            if not holds(name, key, filled, question.context):
                return False
    return True


def _fill(text: str, known: Context) -> str | None:
    missing = False

    def value(place: re.Match[str]) -> str:
        nonlocal missing
        if place[1] in {"*", "?", "$"}:
            return place[1]
        key, _, default = place[1].partition(",")
        found = known.get(key_name(key.strip()))
        if found is None and not default:
            missing = True
        return found[0] if found else default.strip().strip("'")

    filled = re.sub(r"\$\{([^}]+)\}", value, text)
    return None if missing else filled


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _texts(value: Any) -> tuple[str, ...]:
    several = value if isinstance(value, list | tuple | set | frozenset) else _listed(value)
    return tuple(str(one).lower() if isinstance(one, bool) else str(one) for one in several)
