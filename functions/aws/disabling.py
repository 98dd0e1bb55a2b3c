"""Disabling images: who may launch them is kept, and since when they are disabled is written on them, before they are."""

from collections.abc import Callable, Iterable
from datetime import datetime

from functions.aws import clients, faults, permissions, tagging
from functions.aws.vault import Vault, document
from functions.core import tags
from functions.core.config import Config
from functions.core.messages import DeleteSnapshot, Retire
from functions.core.outcome import Outcome, already, failed, skipped
from functions.core.record import Event, Reason, Status
from functions.core.retire.step import Step
from functions.core.retire.verdict import Verdict
from functions.core.slot import slot_label

Tell = Callable[[Retire | DeleteSnapshot, Event, Outcome], None]
"""Hears at once what was done or found on the way, for which action: a worker may end before it is through."""


class Disabling:
    """The disables and marks of one batch in one region: one CreateTags for all of them, if it can be, when the first one's turn has come."""

    def __init__(self, config: Config, vault: Vault, orders: Iterable[tuple[Retire, Verdict]], now: datetime, tell: Tell) -> None:
        """Prepare for `orders`, which nothing seen so far holds, in the region of `vault`; nothing is asked or changed yet."""
        self.vault, self.now, self.tell = vault, now, tell
        self.ec2 = clients.ec2_acting(vault.region)
        known = list(orders)
        self.waiting = {action.image_id: action for action, _ in known}
        self.policies = {action.image_id: config.policies[verdict.image.key[0]] for action, verdict in known}
        self.were_marked = {action.image_id for action, verdict in known if tags.DISABLED_AT in verdict.image.tags}
        self.refused: dict[str, Outcome] = {}
        self.marked_by: dict[str, str | None] | None = None

    def disable(self, action: Retire) -> Outcome:
        """Disable an image (EC2 DisableImage). Raises what boto3 raises."""
        self._prepare()
        if action.image_id in self.refused:
            return self.refused[action.image_id]
        response = self.ec2.disable_image(ImageId=action.image_id)
        return Outcome(Status.DONE, action.reason, action.image_id, request_id=clients.request_id(response))

    def mark(self, action: Retire) -> Outcome:
        """Write on an image that it is disabled as of now. Raises what boto3 raises."""
        self._prepare()
        return self.refused.get(action.image_id) or self._marked(action)

    def _prepare(self) -> None:
        """Keep the launch permissions of all, and mark all: once. Each has a record of its own."""
        if self.marked_by is not None:
            return
        for action in self.waiting.values():
            if action.step is Step.DISABLE and action.image_id not in self.refused:
                self._keep_permissions(action)
        ids = sorted(self.waiting.keys() - self.refused.keys())
        if not ids:
            return
        self.marked_by, refused = tagging.put(self.ec2, ids, tags.DISABLED_AT, slot_label(self.now))
        self.refused |= {key: faults.outcome(fault, resource_id=key) for key, fault in refused.items()}
        for action in (self.waiting[key] for key in ids if key in self.marked_by):
            if action.step is Step.DISABLE:
                self._tell_marked(action)

    def _tell_marked(self, action: Retire) -> None:
        """Also when an attempt before this one marked the image, and ended before it could say so."""
        if action.image_id in self.were_marked:
            self.tell(action, Event.IMAGE_MARK, already(action.image_id))
        self.tell(action, Event.IMAGE_MARK, self._marked(action))

    def _marked(self, action: Retire) -> Outcome:
        return Outcome(Status.DONE, action.reason, action.image_id, request_id=(self.marked_by or {}).get(action.image_id))

    def _keep_permissions(self, action: Retire) -> None:
        """Read who may launch the image, and keep it; an image that is shared and protected by that, or cannot be kept, is refused."""
        try:
            shared = permissions.of(self.ec2, action.image_id)
        except faults.AwsFault as fault:
            self.refused[action.image_id] = faults.outcome(fault, resource_id=action.image_id)
            return
        if not shared:
            return
        if self.policies[action.image_id].ladder.protect_shared:
            self.refused[action.image_id] = skipped(Reason.SHARED, resource_id=action.image_id, detail={"with": shared})
            return
        outcome = self.vault.write(permissions.key(action.image_id), document({"image": action.image_id, "permissions": shared}))
        if outcome.status is not Status.DONE:
            self.refused[action.image_id] = failed(Reason.PERMISSIONS_NOT_KEPT, resource_id=action.image_id, detail={"with": shared})
        self.tell(action, Event.VAULT_WRITE, outcome)
