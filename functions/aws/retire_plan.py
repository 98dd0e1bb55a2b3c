"""Planning a run of retiring: everything is seen and judged; what is about to step is asked about; then the run is limited."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from functions.aws import clients, faults
from functions.aws.binned import Binned
from functions.aws.holdings import Holdings, look
from functions.aws.rails import Rails
from functions.core.config import Config
from functions.core.outcome import skipped
from functions.core.record import Reason
from functions.core.retire import judge, limits
from functions.core.retire.ladder import without_old_marks
from functions.core.retire.memory import Condition, Memory
from functions.core.retire.observed import remembered
from functions.core.retire.plan import Plan
from functions.core.retire.verdict import Verdict
from functions.core.retire.wrecks import Orphan, orphans

AT_ONCE = 200
"""Images by id in a call."""


def make(config: Config, memory: Memory, tell: Callable[[str], None] = lambda _: None, *, to_the_end: bool = True) -> Plan:
    """The plan of a run that starts now and knows what the one before remembers; `tell` hears what is being asked. Changes nothing.

    Not `to_the_end`: when it is sure that the plan is over its limit nothing more is asked; and who an image is shared with is asked only of
    those that the run before would have deprecated or disabled too: what is so at its first order is asked about by the worker alone.
    Raises what boto3 raises at home.
    """
    tell("what the regions hold")
    holdings = look(config, clients.ec2, memory)
    seen, most = holdings.seen, limits.most(config, holdings.seen)
    judged = verdicts = judge(config, seen)
    refused: dict[str, Exception] = {}
    for region in seen.images:
        tell(f"what holds the images of {region} that are about to step")
        verdicts, fault = _asked_about(config, region, verdicts, holdings, None if to_the_end else most)
        if fault is not None:
            refused[region] = fault
    limited = limits.within_half(verdicts)
    found = tuple(_covered(config, holdings, refused))
    return Plan(
        home=config.home_region,
        now=seen.now,
        verdicts=tuple(without_old_marks(limited)),
        orphans=found,
        over=limits.over(limited, found, most),
        most=most,
        unseen=holdings.unseen,
        refused=refused,
        memory=remembered(config, seen, judged, limited, found),
    )


def _asked_about(
    config: Config, region: str, verdicts: Sequence[Verdict], holdings: Holdings, most: int | None
) -> tuple[list[Verdict], Exception | None]:
    """The same, but refused where something holds an image of `region`, and what AWS refused to tell there.

    The oldest are asked about first, since of an instance's images only half step at once.
    """
    stepping = sorted((one for one in verdicts if one.step is not None and one.image.region == region), key=lambda one: one.image.key[2])
    binned = Binned(config, region, holdings.snapshots[region], holdings.seen.now)
    asked: dict[str, Verdict] = {}
    refused: Exception | None = None
    for start in range(0, len(stepping), AT_ONCE):
        part = stepping[start : start + AT_ONCE]
        rails = Rails(clients.ec2(region), binned, part)
        for verdict in part:
            asks = _may_be_shared(config, holdings, verdict, any_of_them=most is None)
            asked[verdict.image.image_id] = verdict.held_by(rails.refusal(verdict) or (rails.sharing(verdict) if asks else None))
        refused = refused or rails.refused
        if most is not None and _is_beyond(asked.values(), most):
            break
    return [asked.get(verdict.image.image_id, verdict) if verdict.image.region == region else verdict for verdict in verdicts], refused


def _may_be_shared(config: Config, holdings: Holdings, verdict: Verdict, *, any_of_them: bool) -> bool:
    """Whether to ask who may launch an image that is about to be deprecated or disabled: the run before found it so too, and something held it."""
    image = verdict.image
    protects = verdict.step is not None and verdict.step.begins and config.policies[image.key[0]].ladder.protect_shared
    return protects and (any_of_them or holdings.seen.memory.since(Condition.READY, image.region, image.image_id) is not None)


def _is_beyond(asked: Iterable[Verdict], most: int) -> bool:
    """Whether some step has more than three times what may take it: a third of it at least is left when instances are limited."""
    counts = Counter(verdict.step for verdict in asked if verdict.step not in limits.UNLIMITED)
    return any(count > 3 * most for count in counts.values())


def _covered(config: Config, holdings: Holdings, refused: dict[str, Exception]) -> Iterator[Orphan]:
    """The orphans; one whose image the bin holds, or that the bin would not keep, is refused. What AWS refused to tell goes into `refused`."""
    binned: dict[str, Binned] = {}
    for orphan in orphans(config, holdings.seen, holdings.snapshots):
        region = orphan.region
        if orphan.refusal is not None:
            yield orphan
            continue
        in_region = binned.setdefault(region, Binned(config, region, {}, holdings.seen.now))
        cover = in_region.cover_snapshot(orphan.snapshot)
        if in_region.fault is not None and faults.is_refusal(in_region.fault):
            refused[region] = in_region.fault
        refusal = None if cover.until is not None else skipped(Reason.NOT_RECOVERABLE, detail=cover.detail)
        yield replace(orphan, refusal=in_region.awaiting(orphan.snapshot) or refusal)
