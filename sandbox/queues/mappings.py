"""The account's event source mappings from queues to functions."""

from contextlib import ExitStack
from datetime import timedelta
from functools import cache
from unittest.mock import patch

import moto.sqs.models as motos
from moto.awslambda.models import EventSourceMapping, lambda_backends
from moto.core.utils import camelcase_to_underscores

from sandbox.functions.runner import Functions
from sandbox.gateway import Call, Gateway
from sandbox.queues.checks import guard
from sandbox.queues.mapping import Mapping
from sandbox.queues.message import SandboxMessage, unix_time_millis
from sandbox.queues.queue import SandboxQueue
from sandbox.queues.receiving import change_visibility, receipt_handle, receive

CHANGES = {"CreateEventSourceMapping", "UpdateEventSourceMapping", "DeleteEventSourceMapping"}

LAMBDAS_LONGEST_WINDOW = timedelta(minutes=5)


class Mappings:
    """Runs the mappings that moto's backends hold, in all regions; it hears of changes by watching the calls.

    `longest_window` is for how long a batch is gathered at most, whatever its mapping says: where somebody waits for it, less than Lambda's.
    """

    def __init__(self, gateway: Gateway, functions: Functions) -> None:
        """Invoke by `functions`."""
        self.longest_window = LAMBDAS_LONGEST_WINDOW
        self._gateway = gateway
        self._functions = functions
        self._by_queue: dict[str, list[Mapping]] = {}
        self._patches = ExitStack()
        gateway.guards.append(guard)
        gateway.watchers.append(self._watch)

    def start(self) -> None:
        """From now on moto's queues are the sandbox's."""
        patches = (
            patch.object(motos, "Queue", SandboxQueue),
            patch.object(motos, "Message", SandboxMessage),
            patch.object(motos, "camelcase_to_underscores", cache(camelcase_to_underscores)),  # of all attributes, for each message
            patch.object(motos, "generate_receipt_handle", receipt_handle),
            patch.object(motos, "unix_time_millis", unix_time_millis),
            patch.object(motos.SQSBackend, "receive_message", receive),
            patch.object(motos.SQSBackend, "change_message_visibility", change_visibility),
            patch.object(SandboxQueue, "changed", staticmethod(self._changed)),
            patch.object(SandboxQueue, "trace", staticmethod(lambda: self._gateway.trace)),
        )
        for each in patches:
            self._patches.enter_context(each)

    def stop(self) -> None:
        """Forget the mappings; moto's queues are its own again."""
        self._by_queue.clear()
        self._patches.close()

    def _changed(self, queue: SandboxQueue) -> None:
        for mapping in self._by_queue.get(queue.queue_arn, ()):
            mapping.wake()

    def _watch(self, call: Call) -> None:
        if call.service != "lambda" or call.operation not in CHANGES or call.error_code:
            return
        present: dict[str, EventSourceMapping] = lambda_backends[self._gateway.account][call.region]._event_source_mappings  # noqa: SLF001 - moto shows them in no other way
        known = {mapping.source.uuid for mappings in self._by_queue.values() for mapping in mappings}
        for source in [source for uuid, source in present.items() if uuid not in known]:
            mapping = Mapping(self._gateway.clock, self._functions, source, self._is_current, lambda: self.longest_window)
            self._by_queue.setdefault(source.event_source_arn, []).append(mapping)
        for arn, mappings in self._by_queue.items():
            self._by_queue[arn] = [mapping for mapping in mappings if self._is_current(mapping.source)]
            for mapping in self._by_queue[arn]:
                mapping.wake()

    def _is_current(self, source: EventSourceMapping) -> bool:
        return lambda_backends[source.account_id][source.region].get_event_source_mapping(source.uuid) is source
