"""Where deliveries end that were given up."""

from dataclasses import dataclass, field

from sandbox.delivery.attempts import Abandoned
from sandbox.delivery.sender import Sender, UndeliverableError
from sandbox.delivery.targets import strings, to_queue


@dataclass
class DeadLetters:
    """Sends what could not be delivered to its dead-letter queue; `dropped` lists what had none, or one that refused."""

    dropped: list[tuple[str, str]] = field(default_factory=list)

    def bury(self, sender: Sender, queue_arn: str | None, body: str, abandoned: Abandoned, about: dict[str, str]) -> None:
        """Send `body` with the attributes `about` and why it was given up. As AWS, with the rights of the service's own principal or the role."""
        if queue_arn is None:
            self.dropped.append((sender.source_arn, str(abandoned.error)))
            return
        attributes = about | {
            "ERROR_CODE": abandoned.error.code,
            "ERROR_MESSAGE": abandoned.error.message,
            "RETRY_ATTEMPTS": str(abandoned.retries),
            **({"EXHAUSTED_RETRY_CONDITION": abandoned.condition} if abandoned.condition else {}),
        }
        try:
            to_queue(sender, queue_arn, body, strings(attributes))
        except UndeliverableError as error:
            self.dropped.append((sender.source_arn, f"{abandoned.error}; then its dead letter: {error}"))
