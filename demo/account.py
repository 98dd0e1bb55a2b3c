"""What the demo needs of an account: sandbox.remote.Remote has it."""

from datetime import datetime
from typing import Any, Protocol

HOME = "ap-south-1"
RECOVERY = "eu-west-1"
POLICY = "nightly"
TAG_KEY = "Backup"
KEY_ALIAS = f"alias/nightkeep-{HOME}"
"""The demo's configuration is demo/nightkeep.toml; these repeat it."""


class Account(Protocol):
    """An account with Nightkeep in it whose clock can be moved. Times are aware."""

    def now(self) -> datetime:
        """The time of its clock."""

    def run_until(self, when: datetime) -> object:
        """Let its clock go on until `when`."""

    def calls(self, **filters: str) -> list[dict[str, Any]]:
        """The API calls it answered; `caller` is a role's name."""

    def records(self, function: str) -> list[dict[str, Any]]:
        """The JSON lines that a function wrote."""

    def client(self, service: str, region: str) -> Any:
        """A boto3 client of the account's administrator."""
