"""Which KMS keys EC2 may use for whom."""

import uuid
from collections.abc import Callable
from functools import cache

from sandbox.gateway import Caller

DEFAULT_ALIAS = "alias/aws/ebs"
Usable = Callable[[str, str, Caller], tuple[str | None, str | None]]


@cache
def default_id(region: str) -> str:
    """The id of the key behind alias/aws/ebs."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{region}/{DEFAULT_ALIAS}"))


class Keys:
    """The account's KMS keys as EC2 sees them.

    `usable(region, key id, alias or ARN, caller)` gives the key's ARN and None, or an ARN or None and what is wrong. `readable` is the
    same for the key of a copy's source, `imaged` for that of a volume of which an image is taken. They know the default key only, until whoever knows keys' states and permissions replaces them.
    `out_of_use(region, ARN)` says what is wrong with a key for whomsoever, or None; `state(region, ARN)` says what it is instead of enabled.
    """

    def __init__(self, account: str) -> None:
        """Know the default keys."""
        self._account = account
        self.usable: Usable = self._default_only
        self.readable: Usable = self._default_only
        self.imaged: Usable = self._default_only
        self.out_of_use: Callable[[str, str], str | None] = lambda *_: None
        self.state: Callable[[str, str], str | None] = lambda *_: None

    def default(self, region: str) -> str:
        """The ARN of the key behind alias/aws/ebs."""
        return f"arn:aws:kms:{region}:{self._account}:key/{default_id(region)}"

    def _default_only(self, region: str, key: str, _caller: Caller) -> tuple[str | None, str | None]:
        default = self.default(region)
        return (default, None) if key == default or key.endswith(DEFAULT_ALIAS) else (None, "Given key ID is not accessible")
