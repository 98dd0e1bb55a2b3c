"""Holds: while an instance carries the `hold` tag, its images are held; nothing but a person lifts that again."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from functions.core import selection, tags
from functions.core.config import Config
from functions.core.messages import Hold
from functions.core.outcome import Outcome, already, skipped
from functions.core.record import Reason, Status
from functions.core.tagged.reaction import Reaction, Seen
from functions.core.values import Image, Instance

STANDS = timedelta(hours=12)
"""How long an order to hold stands: the sweep orders anew what was not done."""


def reactions(config: Config, instance: Instance, seen: Seen, changed: Iterable[str]) -> Iterator[Reaction]:
    """Orders to hold what is not held yet; or, when the tag was taken off, that the holds stay."""
    ours = [image for images in seen.images.values() for image in images if image.ours(config.home_region)]
    why = selection.hold(config, instance)
    if why is not None:
        yield _held(config, ours, why, seen.now)
    elif tags.hold_key(config.tag_key) in set(changed):
        held = sorted(image.image_id for image in ours if image.held)
        detail = {"held": held[:NAMED], "count": len(held), "to_lift": "nightkeep release"}
        yield Reaction(skipped(Reason.HOLD_STAYS, resource_id=instance.instance_id, detail=detail))


NAMED = 50
"""How many images a record names: a log line has its limits, the count does not."""


def _held(config: Config, ours: list[Image], why: str, now: datetime) -> Reaction:
    wanting = [image for image in ours if not image.held]
    if not wanting:
        return Reaction(already(ours[0].key[1]) if ours else skipped(Reason.HELD))
    orders = tuple(_order(config, image, why, now) for image in wanting)
    return Reaction(Outcome(Status.DONE, Reason.HELD, detail={"images": len(orders)}), orders)


def _order(config: Config, image: Image, why: str, now: datetime) -> Hold:
    policy, instance_id, slot = image.key
    return Hold(
        policy=policy,
        slot=slot,
        instance_id=instance_id,
        night_id=f"{config.home_region}/{policy}/{slot}",
        not_after=now + STANDS,
        reason=Reason.HELD,
        image_id=image.image_id,
        region=image.region,
        why=why,
    )
