"""What a run saw of what is remembered: which instances are missing, which images are stale, ready or wrecks, which snapshots orphans."""

from collections.abc import Collection, Iterable

from functions.core.config import Config
from functions.core.record import Reason
from functions.core.retire.backup import Seen, ours
from functions.core.retire.memory import Condition, Memory
from functions.core.retire.verdict import Verdict
from functions.core.retire.wrecks import Orphan


def remembered(config: Config, seen: Seen, judged: Iterable[Verdict], final: Iterable[Verdict], orphans: Collection[Orphan]) -> Memory:
    """What the next run knows: after this one saw `seen` and `orphans`, and `judged` it. `final`: the same once it was asked what holds the images."""
    found: dict[str, dict[Condition, set[str]]] = {region: {} for region in seen.images}
    unseen = {config.home_region, *config.recovery_regions} - found.keys()
    found[config.home_region][Condition.MISSING] = _missing(config, seen, orphans, some_unseen=bool(unseen))
    for verdict in judged:
        if verdict.stale and verdict.image.state == "available":
            found[verdict.image.region].setdefault(Condition.STALE, set()).add(verdict.image.image_id)
        if verdict.reason is Reason.WRECK:
            found[verdict.image.region].setdefault(Condition.WRECK, set()).add(verdict.image.image_id)
    for verdict in final:
        if (verdict.step is not None and verdict.step.begins) or verdict.reason is Reason.SHARED:
            found[verdict.image.region].setdefault(Condition.READY, set()).add(verdict.image.image_id)
    for orphan in orphans:
        found[orphan.region].setdefault(Condition.ORPHAN, set()).add(orphan.snapshot.snapshot_id)
    return seen.memory.renewed(found, unseen, seen.now)


def _missing(config: Config, seen: Seen, orphans: Iterable[Orphan], *, some_unseen: bool) -> set[str]:
    """The instances that are not there and of which there are images or orphans, or may be in a region that could not be seen."""
    remains = {image.key[1] for image in ours(config, seen)} | {orphan.snapshot.key[1] for orphan in orphans} - {""}
    before = seen.memory.regions.get(config.home_region, {}).get(Condition.MISSING, {})
    return (remains | (before.keys() if some_unseen else set())) - seen.instances.keys()
