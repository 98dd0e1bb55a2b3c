"""What is owed, and which nights are open, from what the home vault says."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from functions.core.book import Book, described, recalled
from functions.core.errors import EventError
from functions.core.ledger import NOTHING
from functions.core.night import Night
from tests.builders import HOME, RECOVERY, SLOT, config, night

CONF = config()
FIRST = SLOT - timedelta(days=3)
LEDGER = NOTHING.renewed(CONF, "stack-1", FIRST)
HOUR = timedelta(hours=1)


def test_only_slots_after_a_policy_was_first_seen_are_owed():
    assert LEDGER.owes(night())
    assert not LEDGER.owes(night(start=FIRST))
    assert not LEDGER.owes(night(start=FIRST - HOUR))
    assert not NOTHING.owes(night())


@pytest.mark.parametrize(
    ("conf", "stack", "stands"),
    [
        (CONF, "stack-1", True),
        (config(nightly={"window": timedelta(hours=3), "reboot": True}), "stack-1", True),
        (config(nightly={"schedule": "cron(30 2 * * ? *)"}), "stack-1", False),
        (config(nightly={"timezone": "Europe/Berlin"}), "stack-1", False),
        (CONF, "stack-2", False),
    ],
)
def test_an_entry_stands_while_schedule_zone_and_stack_are_the_same(conf, stack, stands):
    renewed = LEDGER.renewed(conf, stack, SLOT)
    assert renewed.policies["nightly"].since == (FIRST if stands else SLOT)
    assert (renewed == LEDGER) is stands


def test_a_policy_that_comes_back_begins_anew():
    without = LEDGER.renewed(config(other={}), "stack-1", FIRST + HOUR)
    assert list(without.policies) == ["other"]
    assert without.renewed(CONF, "stack-1", SLOT).policies["nightly"].since == SLOT


def manifest(of=None, **changed):
    return json.dumps({"night_id": "x", "takes": 3, "policy": described((of or night()).policy) | changed}).encode()


def test_a_night_is_recalled_with_the_deadlines_that_it_was_planned_with():
    then = night(config(nightly={"window": timedelta(hours=20), "flexible_start": timedelta(minutes=30)}))
    found = recalled(CONF, manifest(then), then.slot)
    assert (found.take_until, found.copy_until) == (then.take_until, then.copy_until)
    assert found.policy.reboot is CONF.policies["nightly"].reboot


def test_a_night_is_copied_where_its_policy_copies_to_now_or_did_when_it_is_gone():
    now = config(nightly={"copy_to": ["us-east-1"]})
    assert recalled(now, manifest(), night().slot).policy.copy_to == ("us-east-1",)
    gone = config(other={})
    assert recalled(gone, manifest(), night().slot).policy.copy_to == (RECOVERY,)
    nowhere = config(other={"copy_to": ["us-east-1"]})
    assert recalled(nowhere, manifest(), night().slot).policy.copy_to == ()


@pytest.mark.parametrize("body", [b"{}", b"[]", b"not json", manifest(schedule="rate(1 day)")])
def test_what_is_no_manifest_is_refused(body):
    with pytest.raises(EventError, match="not a night's manifest"):
        recalled(CONF, body, night().slot)


def opened(book, at, conf=CONF):
    return {one.night.start: (one.is_planned, one.is_sure) for one in book.open(conf, at)}


def test_planned_nights_are_open_and_those_that_are_owed():
    planned = night(start=SLOT - timedelta(days=1))
    book = Book({("nightly", planned.slot): planned}, ledger=LEDGER)
    assert opened(book, SLOT + HOUR) == {planned.start: (True, True), SLOT: (False, True)}
    assert opened(replace(book, ledger=NOTHING), SLOT + HOUR) == {planned.start: (True, True)}


def test_a_night_of_a_schedule_that_is_gone_stays_open():
    planned = night(config(gone={}), "gone")
    assert opened(Book({("gone", planned.slot): planned}, ledger=NOTHING), SLOT + HOUR) == {planned.start: (True, True)}


def test_a_night_closes_when_it_could_have_been_judged_for_half_a_day():
    planned = night()
    book = Book({("nightly", planned.slot): planned}, ledger=NOTHING)
    assert planned.start in opened(book, planned.copy_until + timedelta(hours=12))
    assert planned.start not in opened(book, planned.copy_until + timedelta(hours=13))


def test_a_night_is_over_once_both_verdicts_were_told_and_is_not_begun_again():
    told = {("nightly", night().slot, "takes"), ("nightly", night().slot, "copies")}
    over = Book(verdicts=frozenset(told), ledger=LEDGER)
    assert SLOT not in opened(over, SLOT + HOUR)
    assert not over.is_overdue(HOME, CONF.policies["nightly"], SLOT + timedelta(hours=3))
    for one in told:
        half = Book(verdicts=frozenset(told - {one}), ledger=LEDGER)
        assert opened(half, SLOT + HOUR)[SLOT] == (False, True)
        assert half.is_overdue(HOME, CONF.policies["nightly"], SLOT + timedelta(hours=3))


def test_what_nobody_can_know_is_owed_but_not_for_sure():
    unwritten, unreadable = Book(), Book(is_readable=False)
    assert opened(unwritten, SLOT + HOUR)[SLOT] == (False, False)
    assert opened(unreadable, SLOT + HOUR)[SLOT] == (True, False)
    for book in (unwritten, unreadable):
        assert book.is_overdue(HOME, CONF.policies["nightly"], SLOT + timedelta(hours=3))


def test_a_night_is_overdue_when_its_first_repair_should_have_started_it():
    policy = CONF.policies["nightly"]
    book = Book(ledger=NOTHING.renewed(CONF, "stack-1", SLOT - HOUR))
    assert not book.is_overdue(HOME, policy, SLOT + timedelta(hours=1, minutes=59))
    assert book.is_overdue(HOME, policy, SLOT + timedelta(hours=2))
    assert not Book({("nightly", night().slot): night()}, ledger=LEDGER).is_overdue(HOME, policy, SLOT + timedelta(hours=2))


def test_a_verdict_is_due_until_it_was_told():
    tonight: Night = night()
    book = Book(ledger=LEDGER)
    after = tonight.take_until + timedelta(hours=5)
    assert not book.verdict_due(CONF, tonight, "takes", tonight.take_until - HOUR)
    assert book.verdict_due(CONF, tonight, "takes", after)
    told = Book(verdicts=frozenset({("nightly", tonight.slot, "takes")}), ledger=LEDGER)
    assert not told.verdict_due(CONF, tonight, "takes", after)
    assert not told.verdict_due(CONF, tonight, "copies", after)
    assert told.verdict_due(CONF, tonight, "copies", tonight.copy_until)
    gone = config(other={})
    assert not book.verdict_due(gone, tonight, "takes", after)
    unreadable = Book(is_readable=False)
    assert unreadable.verdict_due(CONF, tonight, "takes", tonight.take_until + timedelta(minutes=41))
    assert not unreadable.verdict_due(CONF, tonight, "takes", after)
