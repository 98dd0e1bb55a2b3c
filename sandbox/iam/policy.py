"""Policy documents, read once. Pure."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sandbox.iam.arns import action_like
from sandbox.iam.conditions import key_name

VARIABLES = "2012-10-17"
"""The version of the policy language that has variables; in a document without it `${…}` means itself."""
VARIABLE = re.compile(r"\$\{([^}]+)\}")


@dataclass(frozen=True)
class Statement:
    """One statement, every element as a list of texts. An element of None is not there."""

    effect: str
    actions: tuple[str, ...] | None
    not_actions: tuple[str, ...] | None
    resources: tuple[str, ...] | None
    not_resources: tuple[str, ...] | None
    principals: Any
    not_principals: Any
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...]
    variables: bool

    def names(self, action: str) -> bool:
        """Whether it is about an action."""
        if self.not_actions is not None:
            return not any(action_like(pattern, action) for pattern in self.not_actions)
        return any(action_like(pattern, action) for pattern in self.actions or ())

    def looks_at(self) -> Iterator[str]:
        """The condition keys that count for it: those of its conditions, and those that its variables stand for."""
        filled = [*(self.resources or ()), *(self.not_resources or ())]
        for _, key, wanted in self.conditions:
            yield key_name(key)
            filled += wanted
        if self.variables:
            for text in filled:
                yield from (variable_key(one)[0] for one in VARIABLE.findall(text))


@dataclass(frozen=True, eq=False)
class About:
    """What a policy has about one action: the statements, in order, and all the condition keys that they look at."""

    statements: tuple[Statement, ...]
    keys: tuple[str, ...]


@dataclass
class Policy:
    """A policy document. Statements are found by action, since most are about a few."""

    statements: tuple[Statement, ...]
    _about: dict[str, About] = field(default_factory=dict)

    def about(self, action: str) -> About:
        """What it has about an action."""
        found = self._about.get(action)
        if found is None:
            statements = tuple(one for one in self.statements if one.names(action))
            found = self._about[action] = About(statements, tuple(dict.fromkeys(key for one in statements for key in one.looks_at())))
        return found


def variable_key(variable: str) -> tuple[str, str]:
    """The condition key that a variable stands for, and what stands behind its comma: `aws:userid, 'nobody'`."""
    key, _, default = variable.partition(",")
    return key_name(key.strip()), default


def read(document: Mapping[str, Any]) -> Policy:
    """The policy that a document says."""
    variables = document.get("Version") == VARIABLES
    return Policy(tuple(_statement(one, variables=variables) for one in _listed(document.get("Statement"))))


@lru_cache(maxsize=1024)
def parse(text: str) -> Policy:
    """The policy in a document's text."""
    parsed = json.loads(text)
    if not isinstance(parsed, dict):
        raise ValueError("A policy document is a JSON object.")  # noqa: TRY004 - the text's value is wrong
    return read(parsed)


def texts(value: Any) -> tuple[str, ...]:
    """`value`, or each of its values, as IAM spells them."""
    several = value if isinstance(value, (list, tuple, set, frozenset)) else _listed(value)
    return tuple(str(one).lower() if isinstance(one, bool) else str(one) for one in several)


def _statement(one: Mapping[str, Any], *, variables: bool) -> Statement:
    def element(name: str) -> tuple[str, ...] | None:
        return texts(one[name]) if name in one else None

    tests = one.get("Condition") or {}
    return Statement(
        str(one.get("Effect")),
        element("Action"),
        element("NotAction"),
        element("Resource"),
        element("NotResource"),
        one.get("Principal"),
        one.get("NotPrincipal"),
        tuple((name, key, texts(wanted)) for name, keys in tests.items() for key, wanted in keys.items()),
        variables,
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
