"""What the guard does about a rule: the steps of its plan."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from functions.core.bin.rule import ResourceType, Rule, Terms
from functions.core.record import Event, Reason


@dataclass(frozen=True)
class Create:
    """Make a rule (CreateRule)."""

    terms: Terms
    reason: Reason
    event = Event.RULE_CREATE

    @property
    def resource_type(self) -> ResourceType:
        """What the rule is for."""
        return self.terms.resource_type


@dataclass(frozen=True)
class _OfRule:
    rule: Rule
    reason: Reason

    @property
    def resource_type(self) -> ResourceType:
        """What the rule is for."""
        return self.rule.terms.resource_type


@dataclass(frozen=True)
class Update(_OfRule):
    """Give a rule of ours these terms (UpdateRule)."""

    terms: Terms
    event = Event.RULE_UPDATE


@dataclass(frozen=True)
class Lock(_OfRule):
    """Lock a rule of ours; unlocking it will take `delay` days (LockRule)."""

    delay: int
    event = Event.RULE_LOCK


@dataclass(frozen=True)
class Delete(_OfRule):
    """Delete a rule of ours (DeleteRule)."""

    event = Event.RULE_DELETE


@dataclass(frozen=True)
class Report(_OfRule):
    """Say something about a rule and change nothing; `alarming` if somebody must look."""

    alarming: bool
    detail: Mapping[str, Any] = field(default_factory=dict)
    event = Event.RULE_CHECK


Step = Create | Update | Lock | Delete | Report


def differences(found: Terms, wanted: Terms) -> dict[str, list[Any]]:
    """What is not as it should be: by name, what was found and what is wanted."""
    before, after = found.shown(), wanted.shown()
    return {name: [before[name], after[name]] for name in before if before[name] != after[name]}
