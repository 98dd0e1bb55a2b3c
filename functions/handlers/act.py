"""`act`: does the actions on its queue, each re-checked against fresh state. Deployed as `take`, as `copy` and as `retire`."""

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSEvent, SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.aws import clients, faults, queue, retiring
from functions.aws.copying import Copying
from functions.aws.retiring import Judged, Retiring
from functions.aws.taking import Taking
from functions.aws.turn import Turn
from functions.aws.vault import Vault
from functions.core import messages
from functions.core.config import Config
from functions.core.errors import EventError
from functions.core.messages import AnyAction, Copy, Hold, Take
from functions.core.outcome import Outcome, deferred, failed
from functions.core.record import Event, Reason
from functions.handlers import batch, log, memory
from functions.handlers.deployment import load


class Worker(Protocol):
    """What one batch's actions of a kind see in a region, and do there."""

    @property
    def unseen(self) -> Outcome | None:
        """Why the region, or what must be known there, cannot be seen now, if it cannot."""

    def act(self, action: Any, turn: Turn) -> Outcome:
        """Do one action, or say why not."""


Place = tuple[str, str]
"""A worker's kind, and its region."""


@log.logger.inject_lambda_context
@log.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Do a batch of actions (SQS event); returns the messages to keep."""
    log.count_failed(0)
    config = load().config
    workers = Workers(config, list(_readable(event)))

    def work(record: SQSRecord) -> Outcome:
        try:
            action = messages.parse(record.body)
        except EventError as fault:
            outcome = deferred(Reason.UNKNOWN_MESSAGE, detail={"message": str(fault)})
            log.write(Event.MESSAGE_READ, outcome, region=config.home_region)
            return outcome
        outcome = batch.out_of_time(context) or workers.act(action, batch.turn(context, record))
        log.acted(action, outcome)
        return outcome

    response = batch.process(event, context, work)
    workers.report_refusals()  # some only ask when the turn of an action comes
    return response


def _readable(event: dict[str, Any]) -> Iterator[AnyAction]:
    for record in SQSEvent(event).records:
        try:
            yield messages.parse(record.body)
        except EventError:
            continue  # recorded when its turn comes


def _place(config: Config, action: AnyAction) -> Place:
    match action:
        case Take():
            return "take", config.home_region
        case Copy():
            return "copy", action.region
    return "retire", action.region


class Workers:
    """A worker for each place of a batch's actions, made when the first one's turn comes, or the reason why nothing can be seen there then.

    What retiring judges by serves a part of its batch; the next part is worked off as a batch of its own.
    """

    def __init__(self, config: Config, actions: Iterable[AnyAction]) -> None:
        """Nothing is asked before the first of `actions` has its turn; they have it one after the other."""
        self._config = config
        self._left = list(actions)
        self._holds = [one for one in self._left if isinstance(one, Hold)]
        self._part: list[AnyAction] = []
        self._judged: Judged | None = None
        self.made: dict[Place, Worker | Outcome] = {}

    def act(self, action: AnyAction, turn: Turn) -> Outcome:
        """Have an action done, or say why not. What is no fault of AWS's is raised, and so recorded, at each action's turn."""
        if not self._part or (self._judged is not None and self._judged.is_old):
            if self._judged is not None and turn.patience < self._judged.took:
                return deferred(Reason.OUT_OF_TIME)
            self._begin()
        try:
            worker = self._at(_place(self._config, action))
        finally:
            self._part.remove(action)
            self._left.remove(action)
        return worker if isinstance(worker, Outcome) else worker.act(action, turn)

    def _begin(self) -> None:
        self.report_refusals()
        self._part, self._judged, self.made = retiring.soon(self._config, self._left), None, {}

    def report_refusals(self) -> None:
        """Record as failed, once per look, that AWS refuses to let us see: the messages wait, but someone must look."""
        for (_, region), worker in self.made.items():
            refusal = worker if isinstance(worker, Outcome) else worker.unseen
            if refusal is not None and refusal.reason is Reason.AWS_REFUSED:
                outcome = failed(refusal.reason, error_code=refusal.error_code, detail=refusal.detail)
                log.write(Event.REGION_CHECK, outcome, region=region)

    def _at(self, place: Place) -> Worker | Outcome:
        if place not in self.made:
            try:
                self.made[place] = self._make(*place, [one for one in self._part if _place(self._config, one) == place])
            except faults.AwsFault as fault:
                self.made[place] = faults.unseen(fault)
        return self.made[place]

    def _make(self, kind: str, region: str, actions: Any) -> Worker:
        match kind:
            case "take":
                return Taking(self._config, actions, _takes_waiting)
            case "copy":
                return Copying(self._config, region, actions)
        vault = Vault(self._config.home_region, load().settings.account, region)
        return Retiring(self._config, vault, [*actions, *self._holds], self._looked(), log.did)

    def _looked(self) -> Judged:
        """One look for all regions."""
        if self._judged is None:
            steps: Any = [one for one in self._part if _place(self._config, one)[0] == "retire"]
            self._judged = Judged.now(self._config, steps, memory.recalled(load()).memory)
        return self._judged


def _takes_waiting() -> int:
    return queue.waiting(clients.sqs(load().config.home_region), load().settings.take_queue)
