"""The nights when clocks change, on the sandbox's Scheduler, and a flexible start."""

from datetime import UTC, datetime

import pytest

from sandbox.faults import read
from tests.stories.world import HOME, NIGHTLY, RECOVERY, start_at

BERLIN = NIGHTLY.replace("0 2 * *", "30 2 * *") + 'timezone = "Europe/Berlin"\nreboot = true\n'


def nights_of(story):
    return [(record["slot"], record["reason"]) for record in story.records("night.planned", status="done")]


@pytest.mark.facts("3.6")
def test_a_skipped_local_time_is_a_slot_an_hour_later_that_the_sweep_takes_once(world):
    story = world(BERLIN, start=datetime(2027, 3, 26, 10, tzinfo=UTC))
    story.launch()
    story.nights(4)
    assert nights_of(story) == [("20270327T0130Z", "scheduled"), ("20270328T0130Z", "missing"), ("20270329T0030Z", "scheduled")]
    assert len(story.images(HOME)) == len(story.good(RECOVERY)) == 3
    assert [call.parameters["NoReboot"] for call in story.calls("CreateImage")] == [False] * 3
    assert {record["reason"] for record in story.records("night.verdict")} == {"ok"}


@pytest.mark.facts("3.6")
def test_a_repeated_local_time_is_one_slot(world):
    story = world(BERLIN, start=datetime(2027, 10, 29, 10, tzinfo=UTC))
    story.launch()
    story.nights(4)
    assert nights_of(story) == [("20271030T0030Z", "scheduled"), ("20271031T0030Z", "scheduled"), ("20271101T0130Z", "scheduled")]
    assert len(story.images(HOME)) == len(story.good(RECOVERY)) == 3
    assert story.metric("NightOverdue", "sweep") == 0


def test_a_flexible_start_keeps_the_slot_and_is_waited_for(world):
    story = world(NIGHTLY + 'flexible_start = "90 minutes"\n')
    story.launch()
    story.nights(2)
    assert [slot for slot, _ in nights_of(story)] == ["20270301T0200Z", "20270302T0200Z"]
    assert len(story.images(HOME)) == 2
    begun = [call.time for call in story.calls("CreateImage")]
    assert all(2 <= moment.hour + moment.minute / 60 <= 4 for moment in begun)
    assert story.metric("NightOverdue", "sweep") == 0


def disabled(story, scheduler, settings):
    scheduler.update_schedule(**settings, State="DISABLED")
    story.until(5)
    scheduler.update_schedule(**settings, State="ENABLED")


def replaced(story, scheduler, settings):
    """As by a deployment that takes the schedule away, and one that puts it back."""
    scheduler.delete_schedule(Name=settings["Name"])
    story.until(2, 20)
    scheduler.create_schedule(**settings)


@pytest.mark.parametrize("was_in_the_way", [disabled, replaced])
def test_a_night_whose_schedule_was_not_there_is_caught_up_inside_its_window_once(world, was_in_the_way):
    story = world(NIGHTLY + "reboot = true\n")
    story.launch()
    story.nights(1)
    scheduler = story.sandbox.client("scheduler", HOME)
    settings = {key: value for key, value in scheduler.get_schedule(Name=f"nightkeep-{HOME}-take-nightly").items() if key in SETTINGS}
    was_in_the_way(story, scheduler, settings)
    story.nights(2)
    assert nights_of(story) == [("20270301T0200Z", "scheduled"), ("20270302T0200Z", "missing"), ("20270303T0200Z", "scheduled")]
    assert len(story.images(HOME)) == 3
    assert [call.parameters["NoReboot"] for call in story.calls("CreateImage")] == [False] * 3


def test_a_night_whose_function_a_deployment_makes_anew_is_started_when_that_is_over_once(world):
    """While a function is Pending, Lambda refuses to invoke it."""
    story = world()
    story.launch()
    story.sandbox.faults.play(
        read(
            '[[refuse]]\nservice = "lambda"\noperation = "Invoke"\ncaller = "scheduler.amazonaws.com"\n'
            'code = "ResourceConflictException"\nstatus = 409\nbetween = [2027-03-01T01:59:00Z, 2027-03-01T02:25:00Z]\n'
        )
    )
    story.nights(1)
    assert [slot for slot, _ in nights_of(story)] == ["20270301T0200Z"]
    assert len(story.images(HOME)) == len(story.good(RECOVERY)) == 1
    assert story.calls("CreateImage")[0].time >= start_at(2, 25)
    assert story.dead_letters() == []


SETTINGS = ("Name", "GroupName", "ScheduleExpression", "ScheduleExpressionTimezone", "FlexibleTimeWindow", "Target", "Description")
