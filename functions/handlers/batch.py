"""Working through a batch of queue messages: each on its own, deferred ones come again."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.aws import clients, queue
from functions.aws.faults import AwsFault
from functions.aws.turn import Turn
from functions.core.errors import EventError, NightkeepError
from functions.core.outcome import Outcome, deferred, failed, skipped
from functions.core.record import Event, Reason, Status
from functions.handlers.deployment import load
from functions.handlers.log import logger, write

LEAST_TIME = 60.0
"""Seconds that a message's calls need at most, timeouts and the retry included; with less left, the rest of the batch comes again."""


class DeferredError(NightkeepError):
    """The message stays in its queue and comes again. Tells Powertools' batch processor so."""


def process(event: dict[str, Any], context: LambdaContext, work: Callable[[SQSRecord], Outcome], *, longer: bool = True) -> Any:
    """Give each message to `work`; a deferred outcome leaves it in the queue, each time for `longer` or for as long as the queue hides it.

    Returns SQS's partial batch response.
    """
    put_off = _defer if longer else _leave

    def one(record: SQSRecord) -> None:
        receives = int(record.attributes.approximate_receive_count)
        try:
            outcome = work(record)
        except Exception as bug:
            logger.exception("message.broken", message_id=record.message_id)
            outcome = failed(Reason.UNEXPECTED, resource_id=record.message_id, error_code=type(bug).__name__, detail={"message": str(bug)})
            write(Event.MESSAGE_READ, outcome, region=load().config.home_region)
            put_off(record, queue.delay(receives))
            raise
        if outcome.status is Status.DEFERRED:
            put_off(record, queue.delay(receives) if outcome.after is None else outcome.after)
            raise DeferredError(str(outcome.reason))

    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    try:
        return process_partial_response(event=event, record_handler=one, processor=processor, context=context)
    finally:
        # emptied, since it refers to itself: what the batch saw would otherwise lie beside what the next one sees
        with processor(records=[], handler=_done):
            pass


def _done(_record: SQSRecord) -> None:
    """Nothing is left to be done."""


def unreadable(fault: EventError) -> Outcome:
    """The outcome, recorded, of an event that cannot be read: nobody could ever do anything about it."""
    outcome = skipped(Reason.UNKNOWN_MESSAGE, detail={"message": str(fault)})
    write(Event.MESSAGE_READ, outcome, region=load().config.home_region)
    return outcome


def _defer(record: SQSRecord, seconds: int) -> None:
    url = load().settings.queue(record.event_source_arn)
    try:
        queue.defer(clients.sqs(record.aws_region), url, record.receipt_handle, seconds)
    except AwsFault as fault:
        logger.warning("message.visibility", message_id=record.message_id, error=str(fault))


def _leave(_record: SQSRecord, _seconds: int) -> None:
    """SQS shows it again when its visibility timeout is over."""


def turn(context: LambdaContext, record: SQSRecord) -> Turn:
    """The turn of a message's action: it may wait until the function is about to reach its timeout."""
    return Turn(_patience(context), int(record.attributes.approximate_receive_count))


def _patience(context: LambdaContext) -> float:
    return context.get_remaining_time_in_millis() / 1000 - LEAST_TIME


def out_of_time(context: LambdaContext) -> Outcome | None:
    """Deferred when the function is about to reach its timeout."""
    return deferred(Reason.OUT_OF_TIME) if _patience(context) <= 0 else None
