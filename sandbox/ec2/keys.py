"""Which KMS keys EC2 may use for whom."""

import uuid
from collections.abc import Callable

from moto.backends import get_backend

from sandbox.gateway import Caller

DEFAULT_ALIAS = "alias/aws/ebs"
Usable = Callable[[str, str, Caller], tuple[str | None, str | None]]


class Keys:
    """The account's KMS keys as EC2 sees them.

    `usable(region, key id, alias or ARN, caller)` gives the key's ARN and None, or an ARN or None and what is wrong. Whoever knows keys'
    states and permissions better may replace it. `readable` is the same for the key of a copy's source.
    """

    def __init__(self, account: str) -> None:
        """Ask moto's KMS, where any caller may use any enabled key."""
        self._account = account
        self.usable: Usable = self._in_moto
        self.readable: Usable = self._in_moto

    def default(self, region: str) -> str:
        """The ARN of the key behind alias/aws/ebs."""
        name = uuid.uuid5(uuid.NAMESPACE_URL, f"{region}/{DEFAULT_ALIAS}")
        return f"arn:aws:kms:{region}:{self._account}:key/{name}"

    def _in_moto(self, region: str, key: str, caller: Caller) -> tuple[str | None, str | None]:  # noqa: ARG002 - any caller may
        if key == self.default(region) or key.endswith(DEFAULT_ALIAS):
            return self.default(region), None
        if key.startswith("arn:") and key.split(":")[3] != region:
            return None, "Given key ID is not accessible"
        backend = get_backend("kms")[self._account][region]
        name = key.rsplit(":", 1)[-1]
        key_id = backend.get_key_id_from_alias(name) if name.startswith("alias/") else name.removeprefix("key/")
        found = backend.keys.get(key_id or "")
        if found is None or not found.enabled:
            return None, "Given key ID is not accessible"
        return str(found.arn), None
