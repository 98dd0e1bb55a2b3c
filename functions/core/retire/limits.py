"""Limits: how much one run may touch."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from functions.core.config import Config
from functions.core.record import Reason
from functions.core.retire.backup import WHOLE, Seen
from functions.core.retire.step import Step
from functions.core.retire.verdict import Verdict
from functions.core.retire.wrecks import Orphan
from functions.core.selection import why_not

LEAST = 20

UNLIMITED = frozenset({None, Step.MARK, Step.UNMARK})
"""Marks take nothing away."""


def within_half(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """The same, but of an instance's images in a region at most half, rounded down, step at once, the oldest: the others are skipped until the next run.

    Counted are all that are available or disabled there now, under whatever policy. The last one of an instance that has ended may go.
    """
    listed = list(verdicts)
    groups: dict[tuple[str, str], list[Verdict]] = {}
    for verdict in listed:
        if verdict.image.state in WHOLE and verdict.reason is not Reason.NOT_OURS:
            groups.setdefault((verdict.image.region, verdict.image.key[1]), []).append(verdict)
    waiting = {verdict.image.image_id for group in groups.values() for verdict in _beyond_half(group)}
    return [_waits(verdict) if verdict.image.image_id in waiting else verdict for verdict in listed]


def _beyond_half(group: list[Verdict]) -> list[Verdict]:
    steps = [one for one in group if one.step not in UNLIMITED]
    oldest_first = sorted(steps, key=lambda verdict: (verdict.image.key[2], verdict.image.image_id))
    return oldest_first[1 if _is_last(group) else len(group) // 2 :]


def _is_last(group: list[Verdict]) -> bool:
    """Whether a group is all that is left of an instance that has ended, one image: half of it would stay for ever."""
    return [one.reason for one in group] == [Reason.ENDED]


def _waits(verdict: Verdict) -> Verdict:
    return replace(verdict, reason=Reason.HALF_OF_INSTANCE, step=None, refused=True)


def most(config: Config, seen: Seen) -> int:
    """How many images one run may bring to each step in each region."""
    if config.retire_limit is not None:
        return config.retire_limit
    selected = sum(1 for one in seen.instances.values() if any(why_not(config, policy, one) is None for policy in config.policies.values()))
    return max(LEAST, 2 * selected)


def over(verdicts: Iterable[Verdict], orphans: Iterable[Orphan], most: int) -> Mapping[tuple[str, str], int]:
    """How many images are to take each step in each region, and orphans to be deleted, where that is more than `most`: with any, the run is refused whole."""
    steps = ((verdict.image.region, verdict.step) for verdict in verdicts)
    counts = Counter((region, str(step)) for region, step in steps if step is not None and step not in UNLIMITED)
    counts.update((orphan.region, "delete") for orphan in orphans if orphan.refusal is None)
    return {place: count for place, count in counts.items() if count > most}
