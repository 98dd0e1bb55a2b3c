"""Which instances a policy covers, from what users wrote in their tags."""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from functions.core import tags
from functions.core.config import Config, Policy
from functions.core.record import Reason
from functions.core.values import Instance


@dataclass(frozen=True)
class Finding:
    """Something in an instance's tags that its owner probably did not mean."""

    instance_id: str
    reason: Reason
    value: str
    nearest: str | None = None


def tag_keys(tag_key: str) -> list[str]:
    """The keys to ask EC2 for: the configured one and its other cases, since EC2 compares them exactly."""
    return list(dict.fromkeys((tag_key, tag_key.lower(), tag_key.upper(), tag_key.capitalize())))


def words(config: Config, instance: Instance) -> tuple[str, ...]:
    """The words of the instance's backup tag: policy names, or `off`."""
    return tuple(instance.tags.get(config.tag_key, "").split())


def why_not(config: Config, policy: Policy, instance: Instance) -> Reason | None:
    """Why `policy` does not image `instance`, or None when it does."""
    if config.tag_key not in instance.tags:
        return Reason.TAG_KEY_CASE
    chosen = words(config, instance)
    if tags.OFF in chosen:
        return Reason.OPTED_OUT
    if policy.name not in chosen:
        return Reason.OTHER_POLICY if any(word in config.policies for word in chosen) else Reason.UNKNOWN_POLICY
    if instance.root_device_type != "ebs":
        return Reason.INSTANCE_STORE_ROOT
    if instance.state not in {"running", "stopped"}:
        return Reason.INSTANCE_STATE
    return None


def findings(config: Config, instances: Iterable[Instance]) -> Iterator[Finding]:
    """What looks like a mistake in the tags of `instances`, each named once."""
    for instance in instances:
        for word in words(config, instance):
            if word not in config.policies and word != tags.OFF:
                yield Finding(instance.instance_id, Reason.UNKNOWN_POLICY, word, _nearest(word, config))
        for key in tag_keys(config.tag_key)[1:]:
            if key in instance.tags:
                yield Finding(instance.instance_id, Reason.TAG_KEY_CASE, key, config.tag_key)
        override = instance.tags.get(tags.reboot_key(config.tag_key))
        if override not in {None, "true", "false"}:
            yield Finding(instance.instance_id, Reason.REBOOT_TAG, str(override), "true or false")


def _nearest(word: str, config: Config) -> str | None:
    return next(iter(difflib.get_close_matches(word.lower(), [*config.policies, tags.OFF], n=1)), None)


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
