"""A batch of queue messages, by itself: the stories tell what becomes of its messages."""

import gc
from weakref import ref

import pytest

from functions.core.outcome import Outcome
from functions.core.record import Reason, Status
from functions.handlers import batch

EVENT = {"Records": [{"messageId": "1", "body": "{}", "eventSource": "aws:sqs", "attributes": {"ApproximateReceiveCount": "1"}}]}


class Seen:
    """What a batch looked at."""


@pytest.fixture
def no_garbage_collection():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_garbage_collection")
@pytest.mark.parametrize(("status", "left"), [(Status.DONE, []), (Status.DEFERRED, [{"itemIdentifier": "1"}])])
def test_what_a_batch_saw_is_let_go_when_it_is_over(status, left):
    def played():
        seen = Seen()

        def work(_record):
            assert seen
            return Outcome(status, Reason.SCHEDULED)

        assert batch.process(EVENT, None, work, longer=False) == {"batchItemFailures": left}
        return ref(seen)

    assert played()() is None
