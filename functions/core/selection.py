"""Which instances a policy covers, from what users wrote in their tags."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from functions.core import tags
from functions.core.config import Config, Policy
from functions.core.nearest import nearest
from functions.core.record import Reason
from functions.core.slot import ON_DEMAND
from functions.core.values import Instance

LABEL = r"[A-Za-z0-9_-]{1,50}"
"""What may stand in `Backup:now`: it becomes part of an AMI's name, whose attempts end in a point and a number."""

LABEL_RULE = "1 to 50 letters, digits, - and _"


@dataclass(frozen=True)
class Finding:
    """Something in an instance's tags that its owner probably did not mean."""

    instance_id: str
    reason: Reason
    value: str
    nearest: str | None = None


def spellings(key: str) -> list[str]:
    """A tag key as people write it, the right way first: EC2 compares keys exactly."""
    cases = (key, key.lower(), key.upper(), key.capitalize(), key.title())
    return list(dict.fromkeys((*cases, f"{key} ", f" {key}")))


def tag_keys(tag_key: str) -> list[str]:
    """The keys by which EC2 is asked for instances that may have a policy."""
    return spellings(tag_key)


def all_keys(tag_key: str) -> list[str]:
    """Every key that says something to Nightkeep, or was meant to."""
    return list(dict.fromkeys(spelling for key in tags.user_keys(tag_key) for spelling in spellings(key)))


def words(config: Config, instance: Instance) -> tuple[str, ...]:
    """The words of the instance's backup tag: policy names, or `off`."""
    return tuple(dict.fromkeys(instance.tags.get(config.tag_key, "").split()))


def policies(config: Config, instance: Instance) -> tuple[Policy, ...]:
    """The policies that the instance asks for; none if it opts out."""
    chosen = words(config, instance)
    return () if tags.OFF in chosen else tuple(config.policies[word] for word in chosen if word in config.policies)


def why_not(config: Config, policy: Policy, instance: Instance) -> Reason | None:
    """Why `policy` does not image `instance`, or None when it does."""
    if config.tag_key not in instance.tags:
        return Reason.TAG_KEY_CASE if any(key in instance.tags for key in tag_keys(config.tag_key)) else Reason.NOT_SELECTED
    chosen = words(config, instance)
    if tags.OFF in chosen:
        return Reason.OPTED_OUT
    if policy.name not in chosen:
        return Reason.OTHER_POLICY if any(word in config.policies for word in chosen) else Reason.UNKNOWN_POLICY
    return _left_out(policy, instance) or _unfit(instance)


def _left_out(policy: Policy, instance: Instance) -> Reason | None:
    """Why the policy does not want an instance that asks for it."""
    if any(instance.tags.get(key) == value or (value == "*" and key in instance.tags) for key, value in policy.exclude_tags.items()):
        return Reason.EXCLUDED_TAG
    if instance.spot and not policy.spot:
        return Reason.SPOT
    if instance.auto_scaling_group is not None and not policy.auto_scaling:
        return Reason.AUTO_SCALING
    return Reason.EXCLUDED_STATE if {instance.state} & {"running", "stopped"} - {*policy.states} else None


def _unfit(instance: Instance) -> Reason | None:
    """Why EC2 would make no image of it."""
    if instance.root_device_type != "ebs":
        return Reason.INSTANCE_STORE_ROOT
    if instance.state not in {"running", "stopped"}:
        return Reason.INSTANCE_STATE
    if instance.root_device and not any(one.device == instance.root_device for one in instance.attached):
        return Reason.ROOT_DETACHED
    return None


def on_demand(config: Config, instance: Instance) -> str | None:
    """The slot of the image that the instance's `now` tag asks for; None without one, or when its label cannot be used."""
    label = instance.tags.get(tags.now_key(config.tag_key), "").strip()
    return f"{ON_DEMAND}{label}" if re.fullmatch(LABEL, label) else None


def why_not_now(config: Config, instance: Instance, slot: str) -> Reason | None:
    """Why the image of the on-demand `slot` is not made, or None when it is. Neither `off` nor what a policy leaves out counts: somebody asked for this one."""
    return Reason.NOT_SELECTED if on_demand(config, instance) != slot else _unfit(instance)


def policy_on_demand(config: Config, instance: Instance) -> Policy:
    """Whose name, copies and retention an image on demand has: the first known policy in the instance's tag, else the configuration's first."""
    return next(
        (config.policies[word] for word in words(config, instance) if word in config.policies), next(iter(config.policies.values()))
    )


def hold(config: Config, instance: Instance) -> str | None:
    """What is written as the hold on images of the instance while it carries the `hold` tag; None: it carries none."""
    key = tags.hold_key(config.tag_key)
    return (instance.tags[key].strip() or key) if key in instance.tags else None


def findings(config: Config, instances: Iterable[Instance]) -> Iterator[Finding]:
    """What looks like a mistake in the tags of `instances`, each named once."""
    for instance in instances:
        for word in words(config, instance):
            if word not in config.policies and word != tags.OFF:
                meant = nearest(word.strip(",;"), [*config.policies, tags.OFF])
                yield Finding(instance.instance_id, Reason.UNKNOWN_POLICY, word, meant)
        yield from _misspelt(config, instance)
        override = instance.tags.get(tags.reboot_key(config.tag_key))
        if override not in {None, "true", "false"}:
            yield Finding(instance.instance_id, Reason.REBOOT_TAG, str(override), "true or false")
        label = instance.tags.get(tags.now_key(config.tag_key))
        if label is not None and on_demand(config, instance) is None:
            yield Finding(instance.instance_id, Reason.NOW_LABEL, label, LABEL_RULE)


def _misspelt(config: Config, instance: Instance) -> Iterator[Finding]:
    for key in tags.user_keys(config.tag_key):
        for spelling in spellings(key)[1:]:
            if spelling in instance.tags:
                yield Finding(instance.instance_id, Reason.TAG_KEY_CASE, spelling, key)


def wants_reboot(config: Config, policy: Policy, instance: Instance) -> bool:
    """Whether a scheduled image of `instance` is to reboot it: its `reboot` tag, else its policy. A tag that is neither true nor false means no."""
    override = instance.tags.get(tags.reboot_key(config.tag_key))
    return policy.reboot if override is None else override == "true"


def spared(config: Config, policy: Policy, instance: Instance) -> Reason | None:
    """Why `instance` is not rebooted for `policy` although that is wanted: EC2 reboots only what runs, and an Auto Scaling group may replace its members."""
    if not wants_reboot(config, policy, instance):
        return None
    if instance.auto_scaling_group is not None and not policy.reboot_auto_scaling:
        return Reason.AUTO_SCALING
    return Reason.INSTANCE_STATE if instance.state != "running" else None


def may_reboot(config: Config, policy: Policy, instance: Instance) -> bool:
    """Whether a scheduled image of `instance` may reboot it, as it stands."""
    return wants_reboot(config, policy, instance) and spared(config, policy, instance) is None
