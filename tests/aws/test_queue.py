"""Batches fit SQS, and deferring doubles up to fifteen minutes."""

from hypothesis import given
from hypothesis import strategies as st

from functions.aws import queue
from functions.core.messages import parse
from functions.core.record import Reason
from functions.core.take import plan
from tests.builders import config, instance, night

TAKE = plan(config(), night(), [instance()]).takes[0]


def test_deferring_doubles_from_thirty_seconds_to_fifteen_minutes():
    assert [queue.delay(receives) for receives in range(1, 9)] == [30, 60, 120, 240, 480, 900, 900, 900]
    assert queue.delay(1000) == 900


@given(st.lists(st.integers(1, 400_000), max_size=30))
def test_batches_hold_ten_messages_and_a_mebibyte_and_lose_nothing(sizes):
    actions = [TAKE.model_copy(update={"instance_id": "i" * size}) for size in sizes]
    batches = list(queue.batches(actions))
    assert all(0 < len(batch) <= 10 for batch in batches)
    assert all(sum(len(entry["MessageBody"].encode()) for entry in batch) <= 1024 * 1024 for batch in batches)
    assert [parse(entry["MessageBody"]) for batch in batches for entry in batch] == actions
    assert all(len({entry["Id"] for entry in batch}) == len(batch) for batch in batches)


def test_a_message_reads_back_as_it_was():
    assert parse(TAKE.model_dump_json()) == TAKE
    assert TAKE.reason == Reason.SCHEDULED
