"""What must outlive a message: who has been rebooted and is not back yet, and whose take each night's watcher has ordered."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict

from functions.core.messages import Take
from functions.core.record import Reason


class Away(BaseModel):
    """An instance that is to be rebooted, or has been, and was not seen to be back."""

    model_config = ConfigDict(frozen=True)

    policy: str
    slot: str
    night_id: str
    reason: Reason
    keys: tuple[str, ...]
    ordered: AwareDatetime
    until: AwareDatetime
    """Past it no worker reboots the instance for this order."""
    repeated: bool = False
    """The order was sent a second time."""
    begun: AwareDatetime | None = None
    """When its image was begun, once that was seen: it has been rebooted, whatever becomes of the image."""
    ok: AwareDatetime | None = None
    """Since when its checks are seen to be ok."""
    late: bool = False
    """It was not back in time, which has been told."""

    def take(self, instance_id: str, not_after: datetime) -> Take:
        """The take that was ordered, without a reboot unless that is added."""
        return Take(
            policy=self.policy,
            slot=self.slot,
            instance_id=instance_id,
            night_id=self.night_id,
            not_after=not_after,
            reason=self.reason,
        )


class Ordered(BaseModel):
    """Whose takes the watcher ordered for one night, which takes until `until`."""

    model_config = ConfigDict(frozen=True)

    until: AwareDatetime
    instances: tuple[str, ...]


class Reboots(BaseModel):
    """One document for the home region. By instance, and by night."""

    model_config = ConfigDict(frozen=True)

    version: Literal[1] = 1
    away: Mapping[str, Away] = {}
    ordered: Mapping[str, Ordered] = {}

    def is_ordered(self, night_id: str, instance_id: str) -> bool:
        """Whether the watcher ordered the instance's take for that night."""
        return night_id in self.ordered and instance_id in self.ordered[night_id].instances

    def blocking(self, instance_id: str, keys: tuple[str, ...]) -> dict[str, Away]:
        """Those away that keep the instance from being rebooted: itself, and who shares a key with it."""
        itself = {instance_id: self.away[instance_id]} if instance_id in self.away else {}
        return itself | ({other: entry for other, entry in self.away.items() if set(entry.keys) & set(keys)} if keys else {})

    def with_away(self, instance_id: str, entry: Away | None) -> Self:
        """The same with an instance away as `entry` says; None: it is not away."""
        others = {other: one for other, one in self.away.items() if other != instance_id}
        return self.model_copy(update={"away": others if entry is None else {**others, instance_id: entry}})

    def with_ordered(self, night_id: str, until: datetime, *instances: str) -> Self:
        """The same with the takes of `instances` ordered."""
        before = self.ordered[night_id].instances if night_id in self.ordered else ()
        told = Ordered(until=until, instances=tuple(dict.fromkeys((*before, *instances))))
        return self.model_copy(update={"ordered": {**self.ordered, night_id: told}})

    def pruned(self, now: datetime) -> Self:
        """The same without the nights that are over."""
        return self.model_copy(update={"ordered": {night: told for night, told in self.ordered.items() if now <= told.until}})


NOBODY = Reboots()
"""What there is before the first reboot."""
