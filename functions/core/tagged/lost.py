"""Tag events that were lost: what instances ask for and do not have, as far as a sweep sees it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from functions.core import attempts, selection
from functions.core.config import Config
from functions.core.cron import latest
from functions.core.night import Night, newest
from functions.core.record import Reason
from functions.core.tagged import PATIENCE, holds, images
from functions.core.tagged.reaction import Reaction, Seen
from functions.core.values import Image, Instance


def unimaged(config: Config, instances: Iterable[Instance], home: Iterable[Image], now: datetime) -> Iterator[tuple[Night, frozenset[str]]]:
    """The newest night of each policy, if its window is over, with the instances that may lack a first image: they have none of its slot. `home`: images of these slots."""
    known = list(instances)
    done = _done(config, home)
    for policy in config.policies.values():
        night = images.newest_night(config, policy, now)
        if night is not None and now > night.take_until:
            may = (one.instance_id for one in known if images.why_not_first(config, policy, one) is None)
            ids = frozenset(key for key in may if (policy.name, key, night.slot) not in done)
            if ids:
                yield night, ids


def _done(config: Config, home: Iterable[Image]) -> set[tuple[str, str, str]]:
    """Keys of which there is a good image, or that failed too often."""
    ours = [image for image in home if image.ours(config.home_region)]
    failures = Counter(image.key for image in ours if image.failed)
    good = {image.key for image in ours if not image.failed}
    return good | {key for key, count in failures.items() if count >= attempts.ATTEMPTS}


def had(config: Config, instances: Iterable[Instance], home: Iterable[Image], before: Mapping[str, str]) -> dict[str, str]:
    """By instance, the slot of the image on demand that it asks for and has, or had `before`."""
    made = {image.key[1:] for image in home if image.ours(config.home_region) and not image.failed}
    slots = {one.instance_id: slot for one in instances if (slot := selection.on_demand(config, one)) is not None}
    return {key: slot for key, slot in slots.items() if (key, slot) in made or before.get(key) == slot}


def last_two(config: Config, at: datetime) -> Iterator[tuple[Night, Night]]:
    """Each policy's newest night of which the sweep planned for `at` is the first repair, and the night before it."""
    for night in newest(config, at):
        before = latest(night.policy.schedule, night.policy.timezone, night.start - timedelta(minutes=1))
        if before is not None and night.is_first_repair(at):
            yield night, Night(night.home, night.policy, before)


def orders(config: Config, instance: Instance, seen: Seen, newly: Iterable[str], *, is_asked: bool) -> Iterator[Reaction]:
    """What is sent for an instance: first images of the policies `newly`, the image on demand if it `is_asked` for, and what is to be held."""
    until = seen.now + PATIENCE
    policies = set(newly)
    found = [one for one in images.firsts(config, instance, seen, until, Reason.MISSING) if one.night and one.night.policy.name in policies]
    found += images.asked(config, instance, seen, until, Reason.MISSING) if is_asked else ()
    found += holds.reactions(config, instance, seen, ())
    yield from (one for one in found if one.actions)
