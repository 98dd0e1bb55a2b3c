"""What an AMI state event starts."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from functions.core import follow
from functions.core.errors import EventError
from functions.core.follow import ImageEvent, SeenImage
from functions.core.messages import Copy, Take
from functions.core.record import Event, Reason, Status
from functions.core.values import Key, Snapshot
from tests.builders import HOME, RECOVERY, SLOT, config, copy_of, image

CONF = config(nightly={"copy_to": [RECOVERY, "us-east-1"]})
SOURCE = image()


def ami_event(made=SOURCE, state="available", after=timedelta(hours=1)):
    return ImageEvent.model_validate({"region": made.region, "time": SLOT + after, "detail": {"ImageId": made.image_id, "State": state}})


def react(made, state="available", after=timedelta(hours=1, minutes=1), about=SOURCE, **known):
    picture = SeenImage(**{"image": made, "snapshots": {}, "key": None, "now": SLOT + after} | known)
    return follow.react(CONF, ami_event(about, state), picture)


def test_an_available_image_is_copied_to_every_recovery_region():
    reaction = react(SOURCE)
    assert [(action.verb, action.region, action.image_id) for action in reaction.actions] == [
        ("copy", RECOVERY, SOURCE.image_id),
        ("copy", "us-east-1", SOURCE.image_id),
    ]


@pytest.mark.parametrize(
    "foreign",
    [replace(SOURCE, tags={}), image(home="us-east-1"), replace(SOURCE, name="golden"), replace(SOURCE, tags={}, state="pending")],
)
def test_a_foreign_image_is_ignored(foreign):
    reaction = react(foreign)
    assert reaction.outcome is None
    assert reaction.actions == ()


@pytest.mark.parametrize(("made", "reason"), [(None, Reason.IMAGE_ABSENT), (replace(SOURCE, state="pending"), Reason.IMAGE_PENDING)])
def test_an_image_that_contradicts_its_event_is_deferred_for_an_hour(made, reason):
    assert (react(made).outcome.status, react(made).outcome.reason) == (Status.DEFERRED, reason)
    assert react(made, after=timedelta(hours=2)).outcome.status is Status.SKIPPED


def test_an_old_image_that_becomes_available_again_is_not_copied():
    assert react(SOURCE, after=timedelta(days=3)).outcome.reason is Reason.EXPIRED
    assert react(replace(SOURCE, state="disabled")).outcome.reason is Reason.IMAGE_STATE


def test_an_image_of_a_removed_policy_is_not_copied():
    assert react(image(policy="gone")).outcome.reason is Reason.POLICY_REMOVED


def test_a_failed_image_is_recorded_and_taken_again_inside_its_window():
    wreck = replace(SOURCE, state="failed", state_reason="no space")
    reaction = react(wreck, "failed")
    assert (reaction.event, reaction.outcome.status, reaction.outcome.detail) == (
        Event.IMAGE_TAKE,
        Status.FAILED,
        {"state_reason": "no space"},
    )
    assert [type(action) for action in reaction.actions] == [Take]
    assert react(wreck, "failed", after=timedelta(hours=7)).actions == ()


def test_a_failed_copy_is_copied_again():
    wreck = copy_of(SOURCE, state="failed")
    reaction = react(wreck, "failed", about=wreck)
    assert reaction.event is Event.IMAGE_COPY
    assert [(type(action), action.image_id, action.region) for action in reaction.actions] == [(Copy, SOURCE.image_id, RECOVERY)]


def test_an_available_copy_is_verified():
    made = copy_of(SOURCE)
    snapshots = {made.devices[0].snapshot_id: Snapshot(made.devices[0].snapshot_id, "completed", True, "arn:key", None)}
    good = react(made, about=made, snapshots=snapshots, key=Key("arn:key", True, "Enabled"))
    bad = react(made, about=made, snapshots=snapshots, key=Key("arn:other", True, "Enabled"))
    assert (good.outcome.status, good.outcome.reason) == (Status.ALREADY, Reason.VERIFIED)
    assert (bad.outcome.status, bad.outcome.reason) == (Status.FAILED, Reason.WRONG_KEY)


def test_the_documented_event_is_read_and_others_refused():
    body = {
        "version": "0",
        "id": "1",
        "detail-type": "EC2 AMI State Change",
        "source": "aws.ec2",
        "account": "012345678901",
        "time": "2027-03-28T02:30:00Z",
        "region": HOME,
        "resources": ["arn:aws:ec2:ap-south-1::image/ami-0abcdef1234567890"],
        "detail": {"RequestId": "r", "ImageId": "ami-0abcdef1234567890", "State": "available", "ErrorMessage": ""},
    }
    assert follow.parse(json.dumps(body)).image_id == "ami-0abcdef1234567890"
    for broken in (
        "",
        "[]",
        json.dumps(body | {"detail": {"State": "available"}}),
        json.dumps(body | {"detail": {"ImageId": "a", "State": "disabled"}}),
        json.dumps(body | {"time": "2027-03-28T02:30:00"}),
    ):
        with pytest.raises(EventError):
            follow.parse(broken)
