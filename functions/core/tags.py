"""The tag vocabulary: what users write on instances, and what Nightkeep writes on images and snapshots."""

PREFIX = "nightkeep:"

HOME = "nightkeep:home"
POLICY = "nightkeep:policy"
INSTANCE = "nightkeep:instance"
SLOT = "nightkeep:slot"
SOURCE = "nightkeep:source"
CREATED = "nightkeep:created"
"""When a retention rule was made: the Recycle Bin does not say."""

HOLD = "nightkeep:hold"
"""Keeps an image for as long as it is there, whatever its value."""

DISABLED_AT = "nightkeep:disabled-at"
"""When an image was disabled, written as slots are: EC2 does not say."""

OFF = "off"
"""Value of the user's tag that opts an instance out."""


def reboot_key(tag_key: str) -> str:
    """The instance tag that overrides a policy's `reboot`: `Backup:reboot`."""
    return f"{tag_key}:reboot"


def group_key(tag_key: str) -> str:
    """The instance tag that names a group, of which two are never rebooted at the same time: `Backup:group`."""
    return f"{tag_key}:group"


def hold_key(tag_key: str) -> str:
    """The instance tag that holds its images, those made meanwhile too: `Backup:hold`."""
    return f"{tag_key}:hold"


def user_keys(tag_key: str) -> tuple[str, ...]:
    """Every key that users write on instances for Nightkeep to read."""
    return (tag_key, *(f"{tag_key}:{word}" for word in ("reboot", "group", "now", "hold")))


def now_key(tag_key: str) -> str:
    """The instance tag that asks for one image now: `Backup:now`."""
    return f"{tag_key}:now"
