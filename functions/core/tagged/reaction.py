"""What is seen of a tagged instance, and what follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from functions.core.config import Config
from functions.core.messages import Hold, Take
from functions.core.night import Night
from functions.core.outcome import Outcome
from functions.core.values import Image, Instance


@dataclass(frozen=True)
class Seen:
    """An instance, if it is there, and our images of it by region: one that was not asked is absent. `now` is AWS's clock."""

    instance: Instance | None
    images: Mapping[str, Sequence[Image]]
    now: datetime

    def good_at_home(self, config: Config) -> list[Image]:
        """Its images in the home region that are ours and have not failed."""
        return [image for image in self.images.get(config.home_region, ()) if image.ours(config.home_region) and not image.failed]


@dataclass(frozen=True)
class Reaction:
    """One thing that follows: actions to send, and what is to be recorded; `night` or `policy` when it is about one."""

    outcome: Outcome
    actions: tuple[Take | Hold, ...] = ()
    night: Night | None = None
    policy: str | None = None
