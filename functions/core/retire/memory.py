"""What must be remembered from run to run, since AWS does not say it: since when something is as it was found."""

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from functions.core.errors import EventError


class Condition(StrEnum):
    """What something was found to be. `missing`: an instance of which there are images or orphans. `ready`: an image about to be deprecated or disabled, or shared."""

    MISSING = "missing"
    STALE = "stale"
    READY = "ready"
    WRECK = "wreck"
    ORPHAN = "orphan"


Found = Mapping[str, Mapping[Condition, Collection[str]]]
"""The ids found in each condition, by region. A region that could not be seen is absent."""


class Memory(BaseModel):
    """Since when each thing has been found in a condition, by region, condition and id. One document for a deployment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    regions: Mapping[str, Mapping[Condition, Mapping[str, AwareDatetime]]] = {}

    def since(self, condition: Condition, region: str, resource_id: str) -> datetime | None:
        """Since when it has been so, UTC; None: no run has found that yet."""
        return self.regions.get(region, {}).get(condition, {}).get(resource_id)

    def renewed(self, found: Found, unseen: Collection[str], now: datetime) -> Self:
        """The memory after a run that `found` this at `now`. What is so no more is forgotten, and counts anew should it come back.

        What was known of regions that were `unseen` stays.
        """
        regions = {region: self.regions[region] for region in unseen if region in self.regions}
        for region, conditions in found.items():
            regions[region] = {
                condition: {key: self.since(condition, region, key) or counted_from(now) for key in sorted(ids)}
                for condition, ids in sorted(conditions.items())
                if ids
            }
        return self.model_copy(update={"regions": {region: regions[region] for region in sorted(regions) if regions[region]}})


def counted_from(now: datetime) -> datetime:
    """From when what is found for the first time counts: the full hour, so that a run which starts a little earlier, days later, finds it due."""
    return now.replace(minute=0, second=0, microsecond=0)


NOTHING = Memory()
"""What is remembered before the first run, and when the memory is lost: then nothing that waits is due."""


def parse(document: bytes) -> Memory:
    """Read the document. Raises EventError for a version or form that this code does not know."""
    try:
        return Memory.model_validate_json(document)
    except ValidationError as fault:
        raise EventError(f"not a memory of a form that is known here: {fault.errors()[0]['msg']}") from fault
