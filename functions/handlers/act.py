"""`act`: does the actions on its queue, each re-checked against fresh state. Deployed as `take` and as `copy`."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSEvent, SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.aws import faults
from functions.aws.copying import Copying
from functions.aws.taking import Taking
from functions.aws.turn import Turn
from functions.core import messages
from functions.core.config import Config
from functions.core.errors import EventError
from functions.core.messages import Copy, Take
from functions.core.outcome import Outcome, deferred, failed
from functions.core.record import Event, Reason
from functions.handlers import batch, log
from functions.handlers.deployment import load

Worker = Taking | Copying


@log.logger.inject_lambda_context
@log.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Do a batch of actions (SQS event); returns the messages to keep."""
    log.count_failed(0)
    config = load().config
    workers = _observe(config, list(_readable(event)))
    _report_refusals(config, workers)

    def work(record: SQSRecord) -> Outcome:
        try:
            action = messages.parse(record.body)
        except EventError as fault:
            outcome = deferred(Reason.UNKNOWN_MESSAGE, detail={"message": str(fault)})
            log.write(Event.MESSAGE_READ, outcome, region=config.home_region)
            return outcome
        outcome = batch.out_of_time(context) or _act(workers[_place(action)], action, batch.turn(context, record))
        log.write(log.action_event(action), outcome, region=log.action_region(action), **log.about_action(action))
        return outcome

    return batch.process(event, context, work)


def _readable(event: dict[str, Any]) -> Iterator[Take | Copy]:
    for record in SQSEvent(event).records:
        try:
            yield messages.parse(record.body)
        except EventError:
            continue  # recorded when its turn comes


def _place(action: Take | Copy) -> str:
    return action.region if isinstance(action, Copy) else ""


def _observe(config: Config, actions: Iterable[Take | Copy]) -> dict[str, Worker | Outcome]:
    """A worker for each place of the batch's actions, or the reason why nothing can be seen there now."""
    places: dict[str, list[Take | Copy]] = {}
    for action in actions:
        places.setdefault(_place(action), []).append(action)
    return {place: _worker(config, place, wanted) for place, wanted in places.items()}


def _worker(config: Config, place: str, actions: list[Take | Copy]) -> Worker | Outcome:
    try:
        if place:
            return Copying(config, place, [action for action in actions if isinstance(action, Copy)])
        return Taking(config, [action for action in actions if isinstance(action, Take)])
    except faults.AwsFault as fault:
        return faults.unseen(fault)


def _report_refusals(config: Config, workers: Mapping[str, Worker | Outcome]) -> None:
    """Record as failed, once per batch, that AWS refuses to let us see: the messages wait, but someone must look."""
    for place, worker in workers.items():
        refusal = worker.unseen if isinstance(worker, Copying) else worker
        if isinstance(refusal, Outcome) and refusal.reason is Reason.AWS_REFUSED:
            outcome = failed(refusal.reason, error_code=refusal.error_code, detail=refusal.detail)
            log.write(Event.REGION_CHECK, outcome, region=place or config.home_region)


def _act(worker: Worker | Outcome, action: Take | Copy, turn: Turn) -> Outcome:
    match worker, action:
        case Outcome(), _:
            return worker
        case Taking(), Take():
            return worker.act(action, turn)
        case Copying(), Copy():
            return worker.act(action, turn)
    raise EventError(f"no worker for {action.verb}: this is a bug")
