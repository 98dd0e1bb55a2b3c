"""Orders: a worker judges anew what it is ordered to do."""

from datetime import timedelta

import pytest

from functions.core.record import Reason, Status
from functions.core.retire.action import order, refusal
from functions.core.retire.step import Step
from functions.core.retire.verdict import Verdict
from tests.builders import HOME
from tests.core.retiring import NOW, disabled, of, old


@pytest.mark.parametrize(
    ("step", "subject", "status", "reason"),
    [
        (Step.DISABLE, old(9), None, None),
        (Step.DISABLE, old(9, state="disabled"), Status.ALREADY, Reason.EXISTS),
        (Step.DEPRECATE, old(9, deprecated=NOW), Status.ALREADY, Reason.EXISTS),
        (Step.MARK, disabled(9, 1), Status.ALREADY, Reason.EXISTS),
        (Step.UNMARK, disabled(9, 1), Status.SKIPPED, Reason.LADDER_WAITS),
        (Step.UNMARK, old(1), Status.ALREADY, Reason.EXISTS),
        (Step.DEREGISTER, disabled(9, 1), Status.SKIPPED, Reason.LADDER_WAITS),
        (Step.DEREGISTER, old(9), Status.SKIPPED, Reason.NOT_DUE),
        (Step.DISABLE, old(1), Status.SKIPPED, Reason.DAILY),
        (Step.DEREGISTER, None, Status.ALREADY, Reason.EXISTS),
        (Step.DISABLE, None, Status.SKIPPED, Reason.SOURCE_GONE),
    ],
)
def test_a_worker_judges_anew(step, subject, status, reason):
    ordered = order(HOME, Verdict(subject or old(9), Reason.STALE, step), NOW)
    verdict = None if subject is None else of(subject, others=(0, 2, 3))
    found = refusal(ordered, verdict, NOW)
    assert (found and found.status, found and found.reason) == (status, reason)


def test_an_order_about_an_image_that_is_not_ours_is_refused():
    ordered = order(HOME, Verdict(old(9), Reason.STALE, Step.DEREGISTER), NOW)
    assert refusal(ordered, None, NOW, is_there=True).reason is Reason.NOT_OURS


def test_an_order_expires():
    ordered = order(HOME, Verdict(old(9), Reason.STALE, Step.DISABLE), NOW)
    assert refusal(ordered, of(old(9)), NOW + timedelta(hours=12)) is None
    assert refusal(ordered, of(old(9)), NOW + timedelta(hours=13)).reason is Reason.EXPIRED
