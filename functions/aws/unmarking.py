"""Taking off images that somebody enabled since when Nightkeep had disabled them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from functions.aws import clients
from functions.core import tags
from functions.core.messages import Retire
from functions.core.outcome import Outcome
from functions.core.record import Status

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


class Unmarking:
    """The unmarks of one batch: one CreateTags for all of them, when the first one's turn has come."""

    def __init__(self, ec2: EC2Client, actions: Iterable[Retire]) -> None:
        """Prepare for `actions`, which nothing holds; nothing is changed yet."""
        self._ec2 = ec2
        self._ids = sorted({action.image_id for action in actions})
        self._done_by: str | None = None

    def unmark(self, action: Retire) -> Outcome:
        """Empty the mark of an image, which the permission to write it allows. Raises what boto3 raises."""
        if self._done_by is None:
            response = self._ec2.create_tags(  # type: ignore[func-returns-value] # the stubs leave out what every answer has
                Resources=self._ids, Tags=[{"Key": tags.DISABLED_AT, "Value": ""}]
            )
            self._done_by = clients.request_id(response)
        return Outcome(Status.DONE, action.reason, action.image_id, request_id=self._done_by)
