"""One event source mapping: takes batches from its queue and has its function deal with them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from moto.awslambda.models import EventSourceMapping
from moto.sqs.exceptions import ReceiptHandleIsInvalid
from moto.sqs.models import sqs_backends

from sandbox.clock import Clock
from sandbox.delivery.targets import find_function, find_queue
from sandbox.functions.lineage import Trace
from sandbox.functions.result import Result
from sandbox.functions.runner import Functions
from sandbox.iam import judgement
from sandbox.iam.evaluate import Question
from sandbox.queues.message import SandboxMessage
from sandbox.queues.queue import SandboxQueue
from sandbox.queues.receiving import receive
from sandbox.queues.records import event, failures

NEEDED = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
LATENCY = timedelta(milliseconds=100)
PATIENCE = timedelta(minutes=1)
PARALLEL = 5
"""Batches at once where no MaximumConcurrency is set: what Lambda starts with."""


class Mapping:
    """The poller of one mapping. It sleeps until the queue has something, or a batch's place is free again."""

    def __init__(
        self,
        clock: Clock,
        functions: Functions,
        source: EventSourceMapping,
        is_current: Callable[[EventSourceMapping], bool],
        longest_window: Callable[[], timedelta],
    ) -> None:
        """Poll for `source` while `is_current` says that it exists; gather a batch for `longest_window()` at most."""
        self.source = source
        self._clock = clock
        self._functions = functions
        self._is_current = is_current
        self._longest_window = longest_window
        self._active = 0
        self._next: datetime | None = None
        self._taking = False

    def wake(self) -> None:
        """Something changed: plan the next poll, if there is anything to poll for."""
        queue = find_queue(self.source.event_source_arn)
        if self._taking or queue is None or not self.source.enabled or self._active >= self._places():
            return
        ready = queue.store.next_ready()
        if ready is None:
            return
        begin = max(self._clock.now(), datetime.fromtimestamp(ready / 1000, UTC))
        window = min(timedelta(seconds=int(self.source.max_batch_window or 0)), self._longest_window())
        self._poll_at(begin + (LATENCY if self._is_full() else max(window, LATENCY)))

    def _poll_at(self, when: datetime) -> None:
        if self._next is None or when < self._next:
            self._next = when
            self._clock.at(when, lambda: self._poll(when))

    def _poll(self, planned: datetime) -> None:
        if self._next != planned:
            return
        self._next = None
        if not self._is_current(self.source) or not self.source.enabled:
            return
        if missing_rights(self.source.event_source_arn, self.source.function_arn):
            self._poll_at(self._clock.now() + PATIENCE)
            return
        self._taking = True
        while self._active < self._places() and (batch := self._take()):
            self._start(batch)
            if not self._is_full() and (self.source.max_batch_window or len(batch) < self.source.batch_size):
                break
        self._taking = False
        self.wake()

    def _is_full(self) -> bool:
        queue = find_queue(self.source.event_source_arn)
        return queue is not None and queue.store.counts()[0] >= int(self.source.batch_size)

    def _take(self) -> list[SandboxMessage]:
        queue = find_queue(self.source.event_source_arn)
        if queue is None:
            return []
        backend = sqs_backends[queue.account_id][queue.region]
        return receive(backend, queue.name, self.source.batch_size, 0, queue.visibility_timeout, ["All"])

    def _start(self, batch: list[SandboxMessage]) -> None:
        self._active += 1
        chain = Trace.joined(message.trace for message in batch).header()
        payload = event(batch, self.source.event_source_arn)
        self._functions.run(self.source.function_arn, payload, lambda result: self._ended(batch, result), trace=chain)

    def _ended(self, batch: list[SandboxMessage], result: Result) -> None:
        self._active -= 1
        reports = "ReportBatchItemFailures" in (self.source.function_response_types or [])
        failed = {message.id for message in batch} if result.error else failures(result.payload, batch) if reports else set()
        queue = find_queue(self.source.event_source_arn)
        for message in batch:
            if message.id not in failed and queue is not None:
                self._delete(queue, message)
        self.wake()

    def _delete(self, queue: SandboxQueue, message: SandboxMessage) -> None:
        try:
            queue.delete_message(str(message.receipt_handle))
        except ReceiptHandleIsInvalid:
            return  # it went to the dead-letter queue while the function had it

    def _places(self) -> int:
        return int((self.source.scaling_config or {}).get("MaximumConcurrency") or PARALLEL)


def missing_rights(queue_arn: str, function_arn: str) -> list[str]:
    """What the function's role may not do on the queue, of what a mapping does with it."""
    function = find_function(function_arn)
    if function is None:
        return list(NEEDED)
    return [action for action in NEEDED if judgement.problem(function.account_id, function.role, Question(action, queue_arn))]
