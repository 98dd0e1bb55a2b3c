"""The actions a planner sends to a worker: a plan's lines and, as JSON, the messages on the queues."""

from datetime import datetime
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from functions.core.errors import EventError
from functions.core.record import Reason
from functions.core.retire.step import Step
from functions.core.slot import is_on_demand, slot_start


def _slot(label: str) -> str:
    if is_on_demand(label):
        return label
    try:
        slot_start(label)
    except EventError as fault:
        raise ValueError(str(fault)) from fault
    return label


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    policy: str
    slot: Annotated[str, AfterValidator(_slot)]
    night_id: str
    not_after: datetime
    """Past this moment the worker changes nothing. UTC."""
    reason: Reason
    """`scheduled`, `missing` (sent by a sweep), `retry` (after one that failed), `newly_protected` or `on_demand` (after a change of tags)."""
    delay: int = 0
    """Seconds the queue holds the message back, at most 900."""


class _Action(_Message):
    instance_id: str


class Take(_Action):
    """Create one image of one instance for one slot (EC2 CreateImage)."""

    verb: Literal["take"] = "take"
    may_reboot: bool = False
    """Whether policy and tag may have the instance rebooted for its image. Only the watcher sends such a take."""
    spared: Reason | None = None
    """Why it is not rebooted although policy and tag want it."""


class Copy(_Action):
    """Copy one image to one recovery region (EC2 CopyImage)."""

    verb: Literal["copy"] = "copy"
    image_id: str
    """The source image, in the home region."""
    region: str


class Retire(_Action):
    """Bring one image one step down the ladder."""

    verb: Literal["retire"] = "retire"
    image_id: str
    region: str
    step: Step


class DeleteSnapshot(_Action):
    """Delete one snapshot of ours that belongs to no image (EC2 DeleteSnapshot)."""

    verb: Literal["delete-snapshot"] = "delete-snapshot"
    snapshot_id: str
    region: str


class Hold(_Action):
    """Hold one image, since its instance carries the tag that says so (EC2 CreateTags)."""

    verb: Literal["hold"] = "hold"
    image_id: str
    region: str
    why: str
    """What is written as the hold: what somebody wrote in the instance's tag."""


class Watch(_Message):
    """Reboot the members of one chain for their images, one after the other, each when the one before it is back."""

    verb: Literal["watch"] = "watch"
    members: tuple[str, ...]
    reboot_until: datetime
    """Past this moment nobody is rebooted: who has no image then is taken without. UTC."""


AnyAction = Take | Copy | Retire | DeleteSnapshot | Hold
Action = Annotated[AnyAction, Field(discriminator="verb")]

_ACTION: TypeAdapter[AnyAction] = TypeAdapter(Action)


@lru_cache(maxsize=512)  # a batch is read whole, and each message again when its turn comes
def parse(body: str) -> AnyAction:
    """Read an action's message. Raises EventError for a version or form that this code does not know."""
    try:
        return _ACTION.validate_json(body)
    except ValidationError as fault:
        raise _unknown(fault) from fault


def parse_watch(body: str) -> Watch:
    """Read a chain's message. Raises EventError for a version or form that this code does not know."""
    try:
        return Watch.model_validate_json(body)
    except ValidationError as fault:
        raise _unknown(fault) from fault


def _unknown(fault: ValidationError) -> EventError:
    return EventError(f"the message is not an action this version knows: {fault.error_count()} problems, first: {fault.errors()[0]['msg']}")
