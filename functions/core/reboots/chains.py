"""Chains: instances that are not rebooted at the same time, since they share a group."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from functions.core import tags
from functions.core.config import Config
from functions.core.messages import Take, Watch
from functions.core.night import Night
from functions.core.record import Reason
from functions.core.values import Instance

LONGEST_WATCH = timedelta(hours=24)
"""A message that comes every two minutes is received a thousand times at most, which is SQS's limit."""

LAST_PART = timedelta(minutes=30)
"""So long before a night's end nobody is rebooted any more: time enough to take who is left, and to see who comes back."""


def keys(config: Config, instance: Instance) -> tuple[str, ...]:
    """The groups of which `instance` is a member: that of its group tag, and its Auto Scaling group."""
    group = instance.tags.get(tags.group_key(config.tag_key), "").strip()
    scaling = instance.auto_scaling_group
    return (*((f"group/{group}",) if group else ()), *((f"asg/{scaling}",) if scaling else ()))


def partition(members: Mapping[str, Iterable[str]]) -> tuple[tuple[str, ...], ...]:
    """Members by their keys, as chains: who shares a key is in the same, directly or through others. Sorted."""
    above: dict[str, str] = {}

    def top(name: str) -> str:
        while above.setdefault(name, name) != name:
            above[name] = above[above[name]]
            name = above[name]
        return name

    for member, its_keys in members.items():
        for key in its_keys:
            above[top(key)] = top(member)
    chains: dict[str, list[str]] = {}
    for member in members:
        chains.setdefault(top(member), []).append(member)
    return tuple(sorted(tuple(sorted(chain)) for chain in chains.values()))


def watches(night: Night, members: Mapping[str, Iterable[str]], now: datetime, reason: Reason, delay: int = 0) -> tuple[Watch, ...]:
    """A message for each chain of `members` of `night`, none of which begins within `delay` seconds."""
    return tuple(
        Watch(
            policy=night.policy.name,
            slot=night.slot,
            night_id=night.night_id,
            not_after=night.take_until,
            reason=reason,
            delay=delay,
            members=chain,
            reboot_until=min(night.take_until, now + LONGEST_WATCH) - LAST_PART,
        )
        for chain in partition(members)
    )


def wanting(config: Config, takes: Iterable[Take], instances: Iterable[Instance]) -> dict[str, tuple[str, ...]]:
    """The instances that `takes` may reboot, with their keys."""
    wanted = {take.instance_id for take in takes if take.may_reboot}
    return {instance.instance_id: keys(config, instance) for instance in instances if instance.instance_id in wanted}
