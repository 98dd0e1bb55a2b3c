"""Long polls of moto's queues end at once: while a call waits, the sandbox's clock stands, and nobody could send."""

from typing import Any
from unittest.mock import patch

from moto.sqs.models import SQSBackend

_receive = SQSBackend.receive_message


def _receive_at_once(backend: SQSBackend, queue_name: str, count: int, _wait: int, *others: Any) -> Any:
    return _receive(backend, queue_name, count, 0, *others)


no_waiting = patch.object(SQSBackend, "receive_message", _receive_at_once)
"""While it is started, receiving from an empty queue gives nothing, whatever the WaitTimeSeconds."""
