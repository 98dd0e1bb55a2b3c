"""What a worker does about one image and one recovery region."""

from dataclasses import replace
from datetime import timedelta

import pytest

from functions.core import copy
from functions.core.copy import CopyRequest, SeenCopies
from functions.core.outcome import Outcome
from functions.core.record import Reason, Status
from functions.core.values import Device, Key, Snapshot
from tests.builders import RECOVERY, SLOT, config, copy_of, image, night

CONF = config()
SOURCE = image()
ORDER = copy.order(night(), SOURCE.key[1], SOURCE.image_id, RECOVERY, Reason.SCHEDULED)


KEY = Key("arn:key", True, "Enabled")


def seen(*copies, source=SOURCE, pending=0, key=KEY, after=timedelta(hours=2)):
    return SeenCopies({source.image_id: source} if source else {}, copies, pending, key, SLOT + after)


def decide(what, conf=CONF):
    return copy.decide(conf, ORDER, what)


def test_a_request_is_encrypted_under_the_regions_key_and_repeats_itself():
    request = decide(seen())
    assert isinstance(request, CopyRequest)
    assert request.key == "alias/nightkeep-ap-south-1"
    assert request.name == SOURCE.name
    assert request == decide(seen())


@pytest.mark.parametrize("state", ["available", "pending", "disabled"])
def test_a_copy_that_has_not_failed_means_already(state):
    made = copy_of(SOURCE, state=state)
    assert decide(seen(made)) == Outcome(Status.ALREADY, Reason.EXISTS, made.image_id)


def test_a_failed_copy_leads_to_a_new_token_and_name():
    request = decide(seen(copy_of(SOURCE, state="failed")))
    assert isinstance(request, CopyRequest)
    assert (request.attempt, request.name) == (2, f"{SOURCE.name}.2")
    assert request.token != decide(seen()).token


@pytest.mark.parametrize(
    ("what", "status", "reason"),
    [
        (seen(after=timedelta(hours=31)), Status.SKIPPED, Reason.EXPIRED),
        (seen(source=None), Status.DEFERRED, Reason.SOURCE_GONE),
        (seen(source=replace(SOURCE, state="pending")), Status.DEFERRED, Reason.SOURCE_STATE),
        (seen(source=replace(SOURCE, state="disabled")), Status.SKIPPED, Reason.SOURCE_STATE),
        (seen(source=replace(SOURCE, tags={})), Status.FAILED, Reason.NOT_OURS),
        (seen(key=Key("arn:key", False, "Disabled")), Status.DEFERRED, Reason.KEY_UNUSABLE),
        (seen(copy_of(SOURCE, state="failed"), after=timedelta(hours=1, minutes=15)), Status.DEFERRED, Reason.RETRY_PAUSE),
        (seen(pending=300), Status.DEFERRED, Reason.COPIES_PENDING),
        (seen(*(copy_of(SOURCE, state="failed", attempt=n) for n in (1, 2, 3))), Status.FAILED, Reason.ATTEMPTS_EXHAUSTED),
    ],
)
def test_it_looks_again_before_it_acts(what, status, reason):
    outcome = decide(what)
    assert (outcome.status, outcome.reason) == (status, reason)


def test_a_source_that_stays_away_is_given_up():
    outcome = decide(seen(source=None, after=timedelta(hours=29, minutes=41)))
    assert (outcome.status, outcome.reason) == (Status.SKIPPED, Reason.SOURCE_GONE)


def test_a_region_removed_since_is_not_copied_to():
    assert decide(seen(), conf=config(nightly={"copy_to": []})).reason is Reason.REGION_REMOVED
    assert decide(seen(), conf=config(weekly={"copy_to": ["us-east-1"]})).reason is Reason.REGION_REMOVED


def test_a_night_whose_policy_was_removed_since_is_still_copied():
    assert isinstance(decide(seen(), conf=config(weekly={})), copy.CopyRequest)


def test_a_used_token_is_looked_up():
    def resolve(found, *, last_call):
        outcome = copy.resolve_conflict(CONF, ORDER, found, Reason.TOKEN_MISMATCH, last_call=last_call)
        return outcome.status, outcome.reason

    assert resolve([copy_of(SOURCE)], last_call=False) == (Status.ALREADY, Reason.EXISTS)
    assert resolve([copy_of(SOURCE, state="failed")], last_call=True) == (Status.FAILED, Reason.TOKEN_MISMATCH)
    assert resolve([], last_call=True) == (Status.FAILED, Reason.TOKEN_MISMATCH)
    assert resolve([], last_call=False) == (Status.FAILED, Reason.TOKEN_MISMATCH)


def test_a_used_name_may_be_one_that_is_not_shown_yet():
    def resolve(found, *, last_call):
        outcome = copy.resolve_conflict(CONF, ORDER, found, Reason.NAME_TAKEN, last_call=last_call)
        return outcome.status, outcome.reason

    assert resolve([copy_of(SOURCE)], last_call=False) == (Status.ALREADY, Reason.EXISTS)
    assert resolve([], last_call=False) == (Status.DEFERRED, Reason.NAME_SETTLING)
    assert resolve([], last_call=True) == (Status.FAILED, Reason.NAME_TAKEN)


def verify(key="arn:recovery", *, encrypted=True, wanted="arn:recovery"):
    made = replace(copy_of(SOURCE), devices=(Device("snap-1", encrypted=encrypted),))
    return copy.verify(made, {"snap-1": Snapshot("snap-1", "completed", encrypted, key, None)}, wanted)


def test_a_copy_is_verified_device_by_device():
    assert (verify().status, verify().reason) == (Status.ALREADY, Reason.VERIFIED)
    assert verify(encrypted=False).reason is Reason.NOT_ENCRYPTED
    assert verify(key="arn:other").reason is Reason.WRONG_KEY
    assert copy.verify(copy_of(SOURCE), {}, "arn:recovery").status is Status.DEFERRED
