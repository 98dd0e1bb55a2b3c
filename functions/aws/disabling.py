"""Disabling images: who may launch them is kept, and since when they are disabled is written on them, before they are."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from functions.aws import clients, faults, permissions
from functions.aws.vault import Vault, document
from functions.core import tags
from functions.core.config import Config
from functions.core.messages import Retire
from functions.core.outcome import Also, Outcome, already, failed, skipped
from functions.core.record import Event, Reason, Status
from functions.core.retire.step import Step
from functions.core.retire.verdict import Verdict
from functions.core.slot import slot_label


class Disabling:
    """The disables and marks of one batch in one region: one CreateTags for all of them, when the first one's turn has come."""

    def __init__(  # noqa: PLR0913, PLR0917
        self, config: Config, account: str, region: str, actions: Iterable[Retire], verdicts: Mapping[str, Verdict], now: datetime
    ) -> None:
        """Prepare for `actions`, which nothing seen so far holds; nothing is asked or changed yet."""
        self.config, self.region, self.now = config, region, now
        self.ec2 = clients.ec2_acting(region)
        self.vault = Vault(config.home_region, account, region)
        self.verdicts = verdicts
        self.waiting = {action.image_id: action for action in actions}
        self.refused: dict[str, Outcome] = {}
        self.marked_by: str | None = None

    def disable(self, action: Retire) -> Outcome:
        """Disable an image (EC2 DisableImage). Raises what boto3 raises."""
        also = self._prepared()
        if action.image_id in self.refused:
            return replace(self.refused[action.image_id], also=also)
        try:
            response = self.ec2.disable_image(ImageId=action.image_id)
        except faults.AwsFault as fault:
            return replace(faults.outcome(fault, resource_id=action.image_id), also=also)
        return Outcome(Status.DONE, action.reason, action.image_id, request_id=clients.request_id(response), also=also)

    def mark(self, action: Retire) -> Outcome:
        """Write on an image that it is disabled as of now. Raises what boto3 raises."""
        also = self._prepared()
        return Outcome(Status.DONE, action.reason, action.image_id, request_id=self.marked_by, also=also)

    def _prepared(self) -> tuple[Also, ...]:
        """Keep the launch permissions of all, and mark all: once. What was done has a record of its own."""
        if self.marked_by is not None:
            return ()
        kept = [also for action in self.waiting.values() if action.step is Step.DISABLE for also in self._permissions(action)]
        ids = sorted(self.waiting.keys() - self.refused.keys())
        if not ids:
            return tuple(kept)
        response = self.ec2.create_tags(  # type: ignore[func-returns-value] # the stubs leave out what every answer has
            Resources=ids, Tags=[{"Key": tags.DISABLED_AT, "Value": slot_label(self.now)}]
        )
        self.marked_by = clients.request_id(response)
        disables = [self.waiting[key] for key in ids if self.waiting[key].step is Step.DISABLE]
        found = (Also(Event.IMAGE_MARK, already(action.image_id), action) for action in disables if self._was_marked(action))
        return (*kept, *found, *(Also(Event.IMAGE_MARK, self._marked(action), action) for action in disables))

    def _was_marked(self, action: Retire) -> bool:
        """Whether an attempt before this one marked the image, and ended before it could say so."""
        return tags.DISABLED_AT in self.verdicts[action.image_id].image.tags

    def _marked(self, action: Retire) -> Outcome:
        return Outcome(Status.DONE, action.reason, action.image_id, request_id=self.marked_by)

    def _permissions(self, action: Retire) -> Iterable[Also]:
        """Read who may launch the image, and keep it; an image that is shared and protected by that, or cannot be kept, is refused."""
        try:
            shared = permissions.of(self.ec2, action.image_id)
        except faults.AwsFault as fault:
            self.refused[action.image_id] = faults.outcome(fault, resource_id=action.image_id)
            return
        if not shared:
            return
        policy = self.config.policies.get(action.policy)
        if policy is None or policy.ladder.protect_shared:
            self.refused[action.image_id] = skipped(Reason.SHARED, resource_id=action.image_id, detail={"with": shared})
            return
        outcome = self.vault.write(permissions.key(action.image_id), document({"image": action.image_id, "permissions": shared}))
        if outcome.status is not Status.DONE:
            self.refused[action.image_id] = failed(Reason.PERMISSIONS_NOT_KEPT, resource_id=action.image_id, detail={"with": shared})
        yield Also(Event.VAULT_WRITE, outcome, action)
