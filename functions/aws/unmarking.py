"""Taking off images that somebody enabled since when Nightkeep had disabled them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from functions.aws import faults, tagging
from functions.core import tags
from functions.core.messages import Retire
from functions.core.outcome import Outcome
from functions.core.record import Status

if TYPE_CHECKING:
    from botocore.exceptions import ClientError
    from mypy_boto3_ec2 import EC2Client


class Unmarking:
    """The unmarks of one batch: one CreateTags for all of them, if it can be, when the first one's turn has come."""

    def __init__(self, ec2: EC2Client, actions: Iterable[Retire]) -> None:
        """Prepare for `actions`, which nothing holds; nothing is changed yet."""
        self._ec2 = ec2
        self._ids = sorted({action.image_id for action in actions})

    def unmark(self, action: Retire) -> Outcome:
        """Empty the mark of an image, which the permission to write it allows. Raises what boto3 raises."""
        written, refused = self._emptied
        if action.image_id in refused:
            return faults.outcome(refused[action.image_id], resource_id=action.image_id)
        return Outcome(Status.DONE, action.reason, action.image_id, request_id=written[action.image_id])

    @cached_property
    def _emptied(self) -> tuple[dict[str, str | None], dict[str, ClientError]]:
        return tagging.put(self._ec2, self._ids, tags.DISABLED_AT, "")
