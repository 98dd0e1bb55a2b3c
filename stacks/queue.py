"""Queues: work with its dead letters, and boxes for what could not be delivered or done."""

from datetime import timedelta

from aws_cdk import Duration
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from functions.core.config import LONGEST_FLEXIBLE_START, LONGEST_WINDOW
from functions.core.night import COPY_WINDOW
from stacks.nag import acknowledge

FUNCTION_TIMEOUT = timedelta(minutes=10)
LONGEST_GATHERING = timedelta(minutes=5)
VISIBILITY = 6 * FUNCTION_TIMEOUT + LONGEST_GATHERING
"""What AWS asks for between a queue and the function that reads it: six times its timeout, and the batching window."""

KEPT = Duration.days(14)
LONGEST_NIGHT = LONGEST_FLEXIBLE_START + LONGEST_WINDOW + COPY_WINDOW
FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(minutes=15)
MOST_RECEIVES = 1000
"""SQS's own limit of maxReceiveCount."""

WATCH_INTERVAL = timedelta(minutes=2)
"""How long the watch queue hides a message that is not at its end: so often the watcher looks."""

WATCH_TIMEOUT = timedelta(seconds=90)
"""Of the watcher's function: what is not done when its messages show again is done by the next."""


def receives(during: timedelta) -> int:
    """How often a message is received that is deferred for as long as `during`, each time twice as long, and then answered."""
    waited, delay, count = timedelta(0), FIRST_DELAY, 1
    while waited < during and count < MOST_RECEIVES:
        waited, delay, count = waited + delay, min(2 * delay, LONGEST_DELAY), count + 1
    return count


class LetterBox(sqs.Queue):
    """A queue that a person reads: kept for 14 days, encrypted by SQS (EventBridge cannot send under alias/aws/sqs), TLS only."""

    def __init__(self, scope: Construct, construct_id: str, *, name: str, means: str) -> None:
        """The box of that physical name; `means` says in a sentence what it means that a message lies in it."""
        self.name, self.means = name, means
        super().__init__(
            scope,
            construct_id,
            queue_name=name,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=KEPT,
        )
        acknowledge(self, "SQS3", "It is where undeliverable messages end up: its alarm tells a person.")


class WorkQueue(sqs.Queue):
    """A queue that a function works off; what is received too often moves to `letters`, its dead-letter queue."""

    def __init__(
        self, scope: Construct, construct_id: str, *, name: str, hides: timedelta = VISIBILITY, tries: int = receives(LONGEST_NIGHT)
    ) -> None:
        """The queue of that physical name, which hides a message that was received and gives it up after so many tries.

        Unless said otherwise it may be deferred for as long as any policy can ask for, and not for as long as today's policies ask for: a
        message may be of a night that began under others.
        """
        self.letters = LetterBox(
            scope, f"{construct_id}Dead", name=f"{name}-dead", means=f"Messages of {name} were tried for too long and given up."
        )
        super().__init__(
            scope,
            construct_id,
            queue_name=name,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=KEPT,
            visibility_timeout=Duration.seconds(hides.total_seconds()),
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.letters, max_receive_count=tries),
        )
