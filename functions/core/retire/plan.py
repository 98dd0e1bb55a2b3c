"""A run's plan: what becomes of every image, which snapshots are deleted, and whether that is too much for one run."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from functions.core.messages import DeleteSnapshot, Retire
from functions.core.retire.action import order, order_deletion
from functions.core.retire.memory import Memory
from functions.core.retire.verdict import Verdict
from functions.core.retire.wrecks import Orphan


@dataclass(frozen=True)
class Plan:
    """What a run would do. `now` is AWS's clock; `over` counts the steps of a region that are too many: with any, nothing may be done."""

    home: str
    now: datetime
    verdicts: tuple[Verdict, ...]
    orphans: tuple[Orphan, ...]
    over: Mapping[tuple[str, str], int]
    most: int
    """How many images may take each step in each region."""
    unseen: Mapping[str, Exception]
    """Regions that could not be asked, and why."""
    refused: Mapping[str, Exception]
    """Regions where AWS refuses to tell what refers to images, or what the bin would keep: what needs to know that stays."""
    memory: Memory
    """What the next run is to know."""

    def actions(self) -> Iterator[Retire | DeleteSnapshot]:
        """What is to be done, region by region and step by step, so that those of a kind come together."""
        steps = [verdict for verdict in self.verdicts if verdict.step is not None]
        for verdict in sorted(steps, key=lambda one: (one.image.region, str(one.step))):
            yield order(self.home, verdict, self.now)
        for orphan in self.orphans:
            if orphan.refusal is None:
                yield order_deletion(self.home, orphan, self.now)

    def counts(self) -> dict[str, int]:
        """How many images are kept and skipped, and how many take each step."""
        counted: dict[str, int] = {}
        for verdict in self.verdicts:
            name = str(verdict.step or verdict.decision)
            counted[name] = counted.get(name, 0) + 1
        return counted | ({"orphans": len(self.orphans)} if self.orphans else {})
