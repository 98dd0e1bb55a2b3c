"""Names, tokens, descriptions and tags of what Nightkeep creates: legal and within AWS's limits for any tag content."""

import hashlib
from zoneinfo import ZoneInfo

from functions.core import selection, tags
from functions.core.config import Config, Policy
from functions.core.night import Night
from functions.core.slot import is_on_demand
from functions.core.values import Image, Instance
from functions.core.wildcard import matches

TAGS_ON_IMAGE = 47
"""Of EC2's 50: a copy adds `nightkeep:source`, and two are left for what is set later."""

TAGS_ON_COPY = 50
"""EC2's limit: a person may have tagged the source since."""

KEY_LENGTH = 127
VALUE_LENGTH = 256
DESCRIPTION_LENGTH = 255


def image_name(policy: str, instance_id: str, slot: str, attempt: int = 1) -> str:
    """The AMI's name: unique per (policy, instance, slot, attempt), within EC2's charset (which has no `:`)."""
    return numbered(f"nightkeep/{policy}/{instance_id}/{slot}", attempt)


def numbered(name: str, attempt: int) -> str:
    """`name` for the first attempt, `name.2`, `name.3` for the next."""
    return name if attempt == 1 else f"{name}.{attempt}"


def copy_token(home: str, image_id: str, region: str, attempt: int) -> str:
    """CopyImage's ClientToken: 64 ASCII characters, the same for every try of one attempt."""
    return hashlib.sha256(f"{home} {image_id} {region} {attempt}".encode()).hexdigest()


def _render(template: str, night: Night, instance: Instance) -> str:
    local = night.start.astimezone(ZoneInfo(night.policy.timezone))
    return template.format(
        instance_name=instance.name,
        instance_id=instance.instance_id,
        policy=night.policy.name,
        slot=night.slot,
        local_date=local.date().isoformat(),
    )


def description(night: Night, instance: Instance) -> str:
    """The image's description: printable ASCII, as EC2 wants it, at most 255 characters."""
    text = _render(night.policy.description, night, instance)
    return "".join(letter if " " <= letter <= "~" else "?" for letter in text)[:DESCRIPTION_LENGTH]


def take_tags(config: Config, night: Night, instance: Instance) -> dict[str, str]:
    """The tags of a new image and its snapshots: ours first, then the policy's, then those of the instance that it carries, as far as there is room.

    It is held from the start if somebody asked for it, or while its instance says so.
    """
    return dict(list(_wanted(config, night, instance).items())[:TAGS_ON_IMAGE])


def dropped_tags(config: Config, night: Night, instance: Instance) -> tuple[str, ...]:
    """The keys of the instance's tags for which there is no room on the image."""
    return tuple(_wanted(config, night, instance))[TAGS_ON_IMAGE:]


def _wanted(config: Config, night: Night, instance: Instance) -> dict[str, str]:
    """All tags that an image should have, what matters most first."""
    own = {
        tags.HOME: config.home_region,
        tags.POLICY: night.policy.name,
        tags.INSTANCE: instance.instance_id,
        tags.SLOT: night.slot,
        "Name": _render(night.policy.name_tag, night, instance)[:VALUE_LENGTH],
    }
    why = selection.hold(config, instance) or (night.slot if is_on_demand(night.slot) else None)
    if why is not None:
        own[tags.HOLD] = why
    own |= night.policy.tags
    carried = {key: value for key, value in sorted(instance.tags.items()) if key not in own and _may_carry(key, config, night.policy)}
    return own | carried


def _may_carry(key: str, config: Config, policy: Policy) -> bool:
    reserved = key.lower().startswith(("aws:", tags.PREFIX)) or key.startswith(config.tag_key)
    return 0 < len(key) <= KEY_LENGTH and not reserved and any(matches(pattern, key) for pattern in policy.carry_tags)


def copy_tags(source: Image) -> dict[str, str]:
    """The tags of a copy and its snapshots: the source's, and where it came from."""
    carried = {key: value for key, value in sorted(source.tags.items()) if not key.lower().startswith("aws:")}
    own = {key: value for key, value in carried.items() if key.startswith(tags.PREFIX)}
    return dict(list(({tags.SOURCE: source.image_id} | own | carried).items())[:TAGS_ON_COPY])
