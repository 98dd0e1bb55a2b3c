"""The guard's plan: what to do so that a region's rules are what the configuration says, and never hold less on the way."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from functions.core import tags
from functions.core.bin.cover import SETTLED
from functions.core.bin.rule import ResourceType, Rule, Terms
from functions.core.bin.steps import Create, Delete, Lock, Report, Step, Update, differences
from functions.core.config.recycle_bin import DAY, RecycleBin
from functions.core.record import Reason


def wanted_terms(wanted: RecycleBin, home: str) -> tuple[Terms, Terms]:
    """The rules that a region should have: for snapshots, then for images, which are nothing without them."""
    pairs = frozenset({(tags.HOME, home)}) if wanted.scope == "ours" else frozenset()
    exclusions = frozenset(wanted.exclude.items())
    return (
        Terms(ResourceType.SNAPSHOT, wanted.retain_snapshots // DAY, pairs, exclusions),
        Terms(ResourceType.IMAGE, wanted.retain // DAY, pairs, exclusions),
    )


def plan(wanted: RecycleBin, home: str, rules: Sequence[Rule], now: datetime) -> list[Step]:
    """The steps for the `rules` of a region. Those of one type stand in their order: when one fails, the next of that type must not be done."""
    delay = None if wanted.lock is None else wanted.lock // DAY
    return [step for terms in wanted_terms(wanted, home) for step in _of_type(terms, delay, home, rules, now)]


def _of_type(terms: Terms, delay: int | None, home: str, rules: Iterable[Rule], now: datetime) -> Iterator[Step]:
    same = [rule for rule in rules if rule.terms.resource_type is terms.resource_type]
    ours = sorted((rule for rule in same if rule.ours(home)), key=_seniority)
    kept = next((rule for rule in ours if rule.terms.kind is terms.kind), None)
    if kept is None:
        yield Create(terms, Reason.OTHER_SCOPE if ours else Reason.MISSING)
    elif kept.guarded:
        yield from _locked(kept, terms, delay, now)
    else:
        yield from _open(kept, terms, delay)
    for rule in ours:
        if rule is not kept:
            yield from _superfluous(rule, kept, terms, now)
    for rule in same:
        if not rule.ours(home) and rule.terms.hold({tags.HOME: home}):
            yield Report(rule, Reason.FOREIGN_RULE, alarming=False, detail=rule.terms.shown())


def _seniority(rule: Rule) -> tuple[bool, datetime | None, str]:
    """The oldest first, but before all those that cannot be deleted."""
    return not rule.guarded, rule.created, rule.rule_id


def _open(rule: Rule, terms: Terms, delay: int | None) -> Iterator[Step]:
    """The rule that stays, when it can be changed. It is locked only when it was seen to be right: then it cannot be changed for days."""
    if rule.terms != terms:
        yield Update(rule, Reason.DRIFTED, terms)
    elif delay is not None and rule.available:
        yield Lock(rule, Reason.LOCK_MISSING, delay)


def _locked(rule: Rule, terms: Terms, delay: int | None, now: datetime) -> Iterator[Step]:
    """The rule that stays, when its lock forbids to change it. An unlocking that the configuration does not need is taken back."""
    wrong = differences(rule.terms, terms) | ({} if rule.unlock_delay == delay else {"lock": [rule.unlock_delay, delay]})
    if rule.lock_state == "pending_unlock":
        yield Report(rule, Reason.UNLOCK_SCHEDULED, alarming=True, detail=_from(rule, now) | {"differs": wrong})
        if not wrong and delay is not None:
            yield Lock(rule, Reason.UNLOCK_SCHEDULED, delay)
    elif wrong:
        yield Report(rule, Reason.RULE_LOCKED, alarming=True, detail=_from(rule, now) | {"differs": wrong})


def _superfluous(rule: Rule, kept: Rule | None, terms: Terms, now: datetime) -> Iterator[Step]:
    """A further rule of ours: it goes once the rule that stays surely holds what it should."""
    why = Reason.DUPLICATE if rule.terms.kind is terms.kind else Reason.OTHER_SCOPE
    if rule.guarded:
        yield Report(rule, Reason.RULE_LOCKED, alarming=True, detail=_from(rule, now) | {"superfluous": str(why)})
    elif kept is not None and _holds_surely(kept, terms, now):
        yield Delete(rule, why)


def _holds_surely(kept: Rule, terms: Terms, now: datetime) -> bool:
    settled = kept.available and kept.created is not None and now - kept.created >= SETTLED
    return settled and (kept.terms == terms or not kept.guarded)


def _from(rule: Rule, now: datetime) -> dict[str, str]:
    return {"changeable_from": rule.changeable_from(now).isoformat()}
