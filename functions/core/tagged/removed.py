"""Protection that was taken away: an event does not say what a tag was before, but the images do."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from functions.core import selection
from functions.core.config import Config, Policy
from functions.core.cron import latest
from functions.core.outcome import skipped
from functions.core.record import Reason
from functions.core.tagged.reaction import Reaction, Seen
from functions.core.values import Image, Instance


def reactions(config: Config, instance: Instance, seen: Seen, changed: Iterable[str]) -> Iterator[Reaction]:
    """What is told when the instance's backup tag changed: each policy that imaged it until lately and does not any more, and what becomes of its images."""
    if config.tag_key not in set(changed):
        return
    made: dict[str, list[Image]] = {}
    for image in seen.good_at_home(config):
        if not image.on_demand:
            made.setdefault(image.key[0], []).append(image)
    chosen = {policy.name for policy in selection.policies(config, instance)}
    for name, images in sorted(made.items()):
        policy = config.policies.get(name)
        if policy is not None and name not in chosen and _was_current(policy, images, seen.now):
            detail = {"tag": instance.tags.get(config.tag_key), "images": len(images), **_what_becomes(policy, images)}
            yield Reaction(skipped(Reason.PROTECTION_REMOVED, resource_id=instance.instance_id, detail=detail), policy=name)


def _was_current(policy: Policy, images: Iterable[Image], now: datetime) -> bool:
    """Whether the policy imaged it for its latest slot or the one before: what ended longer ago was told then."""
    newest = latest(policy.schedule, policy.timezone, now)
    before = None if newest is None else latest(policy.schedule, policy.timezone, newest - timedelta(minutes=1))
    return any(image.taken >= (before or newest or now) for image in images)


def _what_becomes(policy: Policy, images: list[Image]) -> dict[str, Any]:
    """In words, since a person asks: as retiring does it."""
    held = sum(1 for image in images if image.held)
    if policy.keep is None:
        return {"held": held, "then": "all stay: the policy has no keep"}
    newest = max(policy.keep.at_least, policy.keep.newest or 0)
    return {
        "held": held,
        "then": f"the newest {newest} stay while the instance is there, the others age by the policy's keep; held ones stay",
    }
