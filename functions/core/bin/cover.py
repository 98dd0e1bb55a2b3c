"""Coverage: whether an image that is deregistered now, with its snapshots, could be had back, and until when."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from functions.core.bin.rule import ResourceType, Rule
from functions.core.config import Config

SETTLED = timedelta(hours=24)
"""A rule of ours counts after so long: a region's first may hold nothing until some time after its creation, although it says `available`."""

Tags = Mapping[str, str]


class Lack(StrEnum):
    """Why something could not be had back."""

    RULE_TOO_YOUNG = "rule_too_young"
    NO_RULE_OF_OURS = "no_rule_of_ours"
    SNAPSHOT_UNSEEN = "snapshot_unseen"
    NOT_HELD = "not_held"
    HELD_TOO_SHORT = "held_too_short"


@dataclass(frozen=True)
class Cover:
    """Until when something could be had back (UTC), None if it could not; `detail` says by which rules, or why not."""

    until: datetime | None
    detail: Mapping[str, Any]


def holder(rules: Iterable[Rule], resource_type: ResourceType, carried: Tags) -> Rule | None:
    """The rule that would hold a resource with these tags: of all that hold it, the one with the longest retention."""
    holding = [rule for rule in rules if rule.available and rule.terms.resource_type is resource_type and rule.terms.hold(carried)]
    return max(holding, key=lambda rule: (rule.terms.days, rule.rule_id), default=None)


def of_image(config: Config, rules: Sequence[Rule], image: tuple[str, Tags], snapshots: Mapping[str, Tags | None], now: datetime) -> Cover:
    """What covers an image, (id, tags), together with all its `snapshots`, tags by id; None for one that could not be seen.

    It is covered when rules hold it as long as `recycle_bin.retain` says or longer, and each snapshot at least as long as it. A rule of ours counts when it is a day old, and there must be one for each type.
    """
    image_id, carried = image
    types = [ResourceType.IMAGE, *([ResourceType.SNAPSHOT] if snapshots else [])]
    unsettled = _unsettled(config.home_region, rules, types, now)
    if unsettled is not None:
        return unsettled
    unseen = [snapshot_id for snapshot_id, tags in snapshots.items() if tags is None]
    if unseen:
        return _lacking(Lack.SNAPSHOT_UNSEEN, resources=unseen)
    wanted = {image_id: (ResourceType.IMAGE, carried)}
    wanted |= {snapshot_id: (ResourceType.SNAPSHOT, tags or {}) for snapshot_id, tags in snapshots.items()}
    return _covered(config, rules, image_id, wanted, now)


def of_snapshot(config: Config, rules: Sequence[Rule], snapshot_id: str, carried: Tags, now: datetime) -> Cover:
    """What covers a snapshot that belongs to no image: rules that hold it as long as images are to be held, or longer."""
    unsettled = _unsettled(config.home_region, rules, [ResourceType.SNAPSHOT], now)
    return unsettled or _covered(config, rules, snapshot_id, {snapshot_id: (ResourceType.SNAPSHOT, carried)}, now)


def _unsettled(home: str, rules: Sequence[Rule], types: Iterable[ResourceType], now: datetime) -> Cover | None:
    for resource_type in types:
        dates = [rule.created for rule in rules if rule.ours(home) and rule.terms.resource_type is resource_type]
        first = min((date for date in dates if date is not None), default=None)
        if first is None:
            return _lacking(Lack.NO_RULE_OF_OURS, resource_type=str(resource_type))
        if now - first < SETTLED:
            return _lacking(Lack.RULE_TOO_YOUNG, resource_type=str(resource_type), trusted_from=(first + SETTLED).isoformat())
    return None


def _covered(config: Config, rules: Sequence[Rule], first_id: str, wanted: Mapping[str, tuple[ResourceType, Tags]], now: datetime) -> Cover:
    """The cover of the resource `first_id`, without which the others are nothing."""
    held = _held([rule for rule in rules if not _is_young(rule, now)], wanted)
    if len(held) < len(wanted):
        return _not_held({key: what for key, what in wanted.items() if key not in held}, rules)
    used = {rule.rule_id: rule for rule in held.values()}
    by = {"rules": sorted(used), "foreign_rules": sorted(rule_id for rule_id, rule in used.items() if not rule.ours(config.home_region))}
    days = held[first_id].terms.days
    needed = max(days, config.recycle_bin.retain // timedelta(days=1))
    short = {resource_id: rule.terms.days for resource_id, rule in held.items() if rule.terms.days < needed}
    if short:
        return _lacking(Lack.HELD_TOO_SHORT, resources=list(short), days=min(short.values()), needed=needed, **by)
    until = now + timedelta(days=days)
    return Cover(until, {"recoverable_until": until.isoformat(), **by})


def _held(rules: Sequence[Rule], wanted: Mapping[str, tuple[ResourceType, Tags]]) -> dict[str, Rule]:
    """What rules hold of the wanted, and which of them does."""
    found = {key: holder(rules, resource_type, carried) for key, (resource_type, carried) in wanted.items()}
    return {key: rule for key, rule in found.items() if rule is not None}


def _not_held(wanted: Mapping[str, tuple[ResourceType, Tags]], rules: Sequence[Rule]) -> Cover:
    """Why what no rule holds that counts is not held: some rules may be too young."""
    soon = _held(rules, wanted)
    if len(soon) < len(wanted):
        return _lacking(Lack.NOT_HELD, resources=[key for key in wanted if key not in soon])
    last = max(rule.created for rule in soon.values() if rule.created is not None)
    return _lacking(Lack.RULE_TOO_YOUNG, resources=list(soon), trusted_from=(last + SETTLED).isoformat())


def _is_young(rule: Rule, now: datetime) -> bool:
    """Whether it is not sure yet that a rule holds anything. How old others' rules are nobody can tell."""
    return rule.created is not None and now - rule.created < SETTLED


def _lacking(why: Lack, **more: Any) -> Cover:
    return Cover(None, {"why": str(why), **more})
