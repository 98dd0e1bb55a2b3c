"""What keeps an instance that asks for images from being imaged, and what can be done about it."""

from collections.abc import Mapping

from functions.core.record import Reason

IMPOSSIBLE: Mapping[Reason, str] = {
    Reason.INSTANCE_STATE: "only a running or stopped instance can be imaged; the sweep tries again while the night's window is open",
    Reason.INSTANCE_STORE_ROOT: "its root device is instance store, which EC2 cannot image: docs/instance-store.md says what to do instead",
    Reason.ROOT_DETACHED: "its root volume is detached: attach it again",
}
"""Each skip for one of these has a record of its own, with this advice; other skips are counted."""

KEY_REFUSES = "key id is not accessible"
"""EC2's words, in lower case, on an image or snapshot whose key could not be used (EBS User Guide)."""


def why_failed(state_reason: str) -> Reason:
    """Why an image ended as failed, from EC2's words."""
    return Reason.KEY_REFUSED if KEY_REFUSES in state_reason.lower() else Reason.IMAGE_FAILED
