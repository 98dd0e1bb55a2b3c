"""What a set of policies says about one action on one resource. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import Any, NamedTuple

from sandbox.iam.arns import arn_like, like, literal
from sandbox.iam.conditions import Context, holds, key_name
from sandbox.iam.policy import VARIABLE, About, Policy, Statement, read, texts, variable_key

Document = Policy | Mapping[str, Any]


class Verdict(Enum):
    """What policies say: a Deny wins over any Allow, and silence is not consent."""

    ALLOW = "allowed"
    DENY = "explicitly denied"
    SILENT = "not allowed by any policy"


class Principal(NamedTuple):
    """Who asks: a role (its ARN) of an account, or a service ("events.amazonaws.com")."""

    account: str = ""
    arn: str = ""
    service: str = ""


NOBODY = Principal()


@dataclass(frozen=True)
class Question:
    """May `principal` do `action` (service:Name) on `resource` (an ARN, or *)? Context keys as `context()` writes them."""

    action: str
    resource: str
    context: Context = field(default_factory=dict)
    principal: Principal = NOBODY


def context(values: Mapping[str, Any]) -> Context:
    """`values` as a Context: keys normalized, single values as tuples of one, booleans as IAM spells them; None is absent."""
    if not values:
        return {}
    return {key_name(key): (value,) if isinstance(value, str) else texts(value) for key, value in values.items() if value is not None}


def decide(policies: Iterable[Document], question: Question, asker: Principal | None = None) -> Verdict:
    """What `policies` say. A statement with a Principal element is a resource's policy's and must name the question's principal, or `asker`."""
    verdict = Verdict.SILENT
    for policy in policies:
        about = (policy if isinstance(policy, Policy) else read(policy)).about(question.action)
        values = tuple(map(question.context.get, about.keys)) if about.keys else ()
        found = _verdict(about, asker or question.principal, question.resource, values)
        if found is Verdict.DENY:
            return found
        if found is Verdict.ALLOW:
            verdict = found
    return verdict


@lru_cache(maxsize=16384)  # the same few questions are asked again and again
def _verdict(about: About, asker: Principal, resource: str, values: tuple[tuple[str, ...] | None, ...]) -> Verdict:
    """What the statements of one policy say. `values` are those of the keys that they look at."""
    known = {key: value for key, value in zip(about.keys, values, strict=True) if value is not None}
    verdict = Verdict.SILENT
    for statement in about.statements:
        if _names_principal(statement, asker) and _names_resource(statement, resource, known) and _conditions(statement, known):
            if statement.effect == "Deny":
                return Verdict.DENY
            verdict = Verdict.ALLOW
    return verdict


def _names_resource(statement: Statement, resource: str, known: Context) -> bool:
    if statement.not_resources is not None:
        return not any(_resource_like(pattern, statement, resource, known) for pattern in statement.not_resources)
    if statement.resources is None:
        return statement.principals is not None  # a role's trust policy
    return any(_resource_like(pattern, statement, resource, known) for pattern in statement.resources)


def _resource_like(pattern: str, statement: Statement, resource: str, known: Context) -> bool:
    filled = _fill(pattern, statement, known)
    return filled is not None and (arn_like(filled, resource) if resource != "*" else filled == "*")


def _names_principal(statement: Statement, asker: Principal) -> bool:
    if statement.not_principals is not None:
        return not _excepts(statement.not_principals, asker)
    return statement.principals is None or _lists(statement.principals, asker)


def _lists(element: Any, asker: Principal) -> bool:
    if element == "*":
        return True
    accounts = (asker.account, f"arn:aws:iam::{asker.account}:root")
    return _lists_service(element, asker) or any(
        name == "*" or (bool(asker.arn) and (name == asker.arn or name in accounts)) for name in texts(element.get("AWS"))
    )


def _excepts(element: Any, asker: Principal) -> bool:
    """Whether NotPrincipal leaves the asker out: a role only if its account is listed with it."""
    if element == "*" or _lists_service(element, asker):
        return True
    names = texts(element.get("AWS"))
    return "*" in names or (asker.arn in names and not {asker.account, f"arn:aws:iam::{asker.account}:root"}.isdisjoint(names))


def _lists_service(element: Any, asker: Principal) -> bool:
    return bool(asker.service) and any(like(pattern, asker.service) for pattern in texts(element.get("Service")))


def _conditions(statement: Statement, known: Context) -> bool:
    for name, key, wanted in statement.conditions:
        filled = tuple(text for text in (_fill(one, statement, known) for one in wanted) if text is not None)
        if not holds(name, key, filled, known):
            return False
    return True


def _fill(text: str, statement: Statement, known: Context) -> str | None:
    """`text` with the values of its variables; None if one of them has neither value nor default."""
    if not statement.variables or "${" not in text:
        return text
    missing = False

    def value(place: re.Match[str]) -> str:
        nonlocal missing
        if place[1] in {"*", "?", "$"}:
            return literal(place[1])
        key, default = variable_key(place[1])
        found = known.get(key)
        if found is None and not default:
            missing = True
        return literal(found[0] if found else default.strip().strip("'"))

    filled = VARIABLE.sub(value, text)
    return None if missing else filled
