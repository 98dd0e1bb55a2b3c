"""Policy documents, read once. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sandbox.iam.arns import action_like

VARIABLES = "2012-10-17"
"""The version of the policy language that has variables; in a document without it `${…}` means itself."""


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


@dataclass
class Policy:
    """A policy document. Statements are found by action, since most are about a few."""

    statements: tuple[Statement, ...]
    _about: dict[str, tuple[Statement, ...]] = field(default_factory=dict)

    def about(self, action: str) -> tuple[Statement, ...]:
        """The statements about an action, in order."""
        found = self._about.get(action)
        if found is None:
            found = self._about[action] = tuple(one for one in self.statements if one.names(action))
        return found


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
