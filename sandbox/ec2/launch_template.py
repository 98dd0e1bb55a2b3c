"""What a launch template is, with its versions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class TemplateVersion:
    """A version of a launch template: `data` is what RunInstances is to be given."""

    number: int
    created: datetime
    description: str
    data: dict[str, Any]


@dataclass
class LaunchTemplate:
    """A launch template with its versions by number, oldest first. Numbers of deleted versions are not used again."""

    id: str
    name: str
    created: datetime
    created_by: str
    versions: dict[int, TemplateVersion]
    default: int = 1
    numbered: int = 1

    def latest(self) -> int:
        """The number of the newest version."""
        return max(self.versions)
