"""Aliases of KMS keys as policies see them: changes take up to five minutes, and here all of them."""

from datetime import datetime, timedelta
from typing import Any

from sandbox.clock import Clock
from sandbox.gateway import Call

CHANGES = {"CreateAlias", "UpdateAlias"}
LAG = timedelta(minutes=5)


class Aliases:
    """What kms:ResourceAliases says. An alias counts five minutes after it was pointed to its key, and no longer once it is pointed elsewhere."""

    def __init__(self, clock: Clock) -> None:
        """Know of no changes."""
        self._clock = clock
        self._pointed: dict[tuple[str, str], datetime] = {}

    def watch(self, call: Call) -> None:
        """Take note of a call that changes an alias."""
        if call.service == "kms" and call.operation in CHANGES and call.error_code is None:
            self._pointed[call.region, call.parameters["AliasName"]] = call.time

    def of(self, region: str, key: Any) -> tuple[str, ...]:
        """The aliases that count for a key."""
        old = self._clock.now() - LAG
        return tuple(name for name in sorted(key.aliases) if name.startswith("alias/aws/") or self._pointed.get((region, name), old) <= old)
