"""Schedules: what expressions mean, and when they run."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.account import Sandbox
from sandbox.scheduler.expressions import ExpressionError, following
from tests.sandbox.apps import HOME, App, att, function, queue, role

pytestmark = pytest.mark.facts("3.6")
ANCHOR = datetime(2027, 1, 1, tzinfo=UTC)


def times(expression, zone, after, count):
    found, when = [], datetime.fromisoformat(after).replace(tzinfo=UTC)
    for _ in range(count):
        when = following(expression, zone, when, ANCHOR)
        found.append(f"{when:%Y-%m-%dT%H:%M}")
    return found


@pytest.mark.parametrize(
    ("expression", "zone", "after", "expected"),
    [
        ("cron(0 2 * * ? *)", "UTC", "2027-03-01T00:00", ["2027-03-01T02:00", "2027-03-02T02:00"]),
        ("cron(0 2 * * ? *)", "Asia/Kolkata", "2027-03-01T00:00", ["2027-03-01T20:30", "2027-03-02T20:30"]),
        ("cron(30 2 * * ? *)", "Europe/Berlin", "2027-03-27T00:00", ["2027-03-27T01:30", "2027-03-29T00:30"]),
        ("cron(30 2 * * ? *)", "Europe/Berlin", "2027-10-30T12:00", ["2027-10-31T00:30", "2027-11-01T01:30"]),
        ("cron(0 3 ? * 2 *)", "UTC", "2027-03-01T12:00", ["2027-03-08T03:00", "2027-03-15T03:00"]),
        ("cron(0 3 ? * MON-FRI *)", "UTC", "2027-03-05T12:00", ["2027-03-08T03:00", "2027-03-09T03:00"]),
        ("cron(0 3 ? * 1,7 *)", "UTC", "2027-03-05T12:00", ["2027-03-06T03:00", "2027-03-07T03:00"]),
        ("cron(0 3 ? * 6#3 *)", "UTC", "2027-03-05T12:00", ["2027-03-19T03:00", "2027-04-16T03:00"]),
        ("cron(0 3 ? * 6L *)", "UTC", "2027-03-05T12:00", ["2027-03-26T03:00", "2027-04-30T03:00"]),
        ("cron(0 3 L * ? *)", "UTC", "2027-02-05T12:00", ["2027-02-28T03:00", "2027-03-31T03:00"]),
        ("cron(0 3 15W * ? *)", "UTC", "2027-05-01T12:00", ["2027-05-14T03:00", "2027-06-15T03:00"]),
        ("cron(0/20 8-9 * * ? *)", "UTC", "2027-05-01T08:50", ["2027-05-01T09:00", "2027-05-01T09:20"]),
        ("cron(0 0 1 1 ? 2029)", "UTC", "2027-05-01T08:50", ["2029-01-01T00:00"]),
        ("rate(5 minutes)", "UTC", "2027-01-01T00:07", ["2027-01-01T00:10", "2027-01-01T00:15"]),
        ("rate(1 hour)", "UTC", "2026-12-31T00:00", ["2027-01-01T00:00", "2027-01-01T01:00"]),
        ("at(2027-06-01T12:00:00)", "America/New_York", "2027-01-01T00:00", ["2027-06-01T16:00"]),
    ],
)
def test_occurrences(expression, zone, after, expected):
    assert times(expression, zone, after, len(expected)) == expected


def test_what_is_over_has_no_next():
    after = datetime(2027, 6, 2, tzinfo=UTC)
    assert following("at(2027-06-01T12:00:00)", "UTC", after, ANCHOR) is None
    assert following("cron(0 0 1 1 ? 2027)", "UTC", after, ANCHOR) is None


@pytest.mark.parametrize(
    "expression",
    ["cron(0 2 * * *)", "cron(0 2 * * * *)", "cron(99 2 * * ? *)", "rate(0 hours)", "rate(1 week)", "at(tomorrow)", "every day"],
)
def test_what_scheduler_refuses(expression):
    with pytest.raises(ExpressionError):
        following(expression, "UTC", ANCHOR, ANCHOR)


@pytest.fixture
def app(tmp_path):
    return App(tmp_path)


def schedule(expression, **properties):
    target = {
        "Arn": att("Worker"),
        "RoleArn": att("Caller"),
        "Input": '{"time": "<aws.scheduler.scheduled-time>", "n": "<aws.scheduler.attempt-number>"}',
    }
    target |= properties.pop("Target", {})
    settings = {"Name": "nightly", "ScheduleExpression": expression, "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": target, **properties}
    return {"Type": "AWS::Scheduler::Schedule", "Properties": settings}


@pytest.fixture
def deploy(app):
    def deploy(opened, one, may=(["lambda:InvokeFunction", "sqs:SendMessage"], "*")):
        source = "import json, datetime\ndef handler(e, c):\n    print(json.dumps({'now': f'{datetime.datetime.now(datetime.timezone.utc):%m-%dT%H:%M}', **e}))\n"
        app.stack(
            "Test",
            {
                "Role": role(),
                "Worker": function(app.code(main=source), "Role", "worker"),
                "Caller": role(*([may] if may else []), service="scheduler.amazonaws.com"),
                "Dead": queue("dead"),
                "Schedule": one,
            },
        )
        opened.deploy(app.write())

    return deploy


def now_and_time(opened):
    return [(one["now"], one["time"]) for one in opened.functions.records("worker")]


def test_a_schedule_runs_in_its_zone_over_the_change_of_clocks(deploy):
    with Sandbox(start=datetime(2027, 3, 26, 12, tzinfo=UTC)) as opened:
        deploy(opened, schedule("cron(30 2 * * ? *)", ScheduleExpressionTimezone="Europe/Berlin"))
        opened.clock.run_for(timedelta(days=4))
        expected = ["2027-03-27T01:30:00Z", "2027-03-29T00:30:00Z", "2027-03-30T00:30:00Z"]
        assert [time for _, time in now_and_time(opened)] == expected


def test_in_a_flexible_window_the_scheduled_time_stays(sandbox, deploy):
    deploy(sandbox, schedule("cron(0 2 * * ? *)", FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 60}))
    sandbox.clock.run_for(timedelta(days=3))
    seen = now_and_time(sandbox)
    assert [time for _, time in seen] == [f"2027-03-0{day}T02:00:00Z" for day in (2, 3, 4)]
    assert len({now[6:] for now, _ in seen}) > 1
    assert all("02:00" <= now[6:] < "03:00" for now, _ in seen)


def test_changed_disabled_and_deleted_schedules(sandbox, deploy, app):
    deploy(sandbox, schedule("cron(0 2 * * ? *)"))
    sandbox.clock.run_for(timedelta(days=1))
    deploy(sandbox, schedule("cron(0 5 * * ? *)"))
    sandbox.clock.run_for(timedelta(days=1))
    deploy(sandbox, schedule("cron(0 5 * * ? *)", State="DISABLED"))
    sandbox.clock.run_for(timedelta(days=1))
    deploy(sandbox, schedule("cron(0 5 * * ? *)", State="ENABLED"))
    sandbox.clock.run_for(timedelta(days=1))
    app.stack("Test", {"Role": role()})
    sandbox.deploy(app.write())
    sandbox.clock.run_for(timedelta(days=2))
    assert [now for now, _ in now_and_time(sandbox)] == ["03-02T02:00", "03-03T05:00", "03-05T05:00"]


def test_a_role_that_may_not_makes_a_dead_letter(sandbox, deploy):
    dead = {"DeadLetterConfig": {"Arn": att("Dead")}}
    deploy(sandbox, schedule("cron(0 2 * * ? *)", Target=dead), may=(["sqs:SendMessage"], "*"))
    sandbox.clock.run_for(timedelta(days=1))
    assert now_and_time(sandbox) == []
    sqs = sandbox.client("sqs", HOME)
    url = sqs.get_queue_url(QueueName="dead")["QueueUrl"]
    [message] = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert json.loads(message["Body"])["time"] == "2027-03-02T02:00:00Z"
    assert message["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_PERMISSIONS"


def test_without_rights_or_dead_letters_it_is_listed(sandbox, deploy):
    deploy(sandbox, schedule("cron(0 2 * * ? *)"), may=None)
    sandbox.clock.run_for(timedelta(days=1))
    assert len(sandbox.runtime.scheduler.dead_letters.dropped) == 1


def test_a_rate_starts_at_once_and_an_at_runs_once(sandbox, deploy):
    deploy(sandbox, schedule("rate(6 hours)"))
    sandbox.clock.run_for(timedelta(hours=13))
    assert [now for now, _ in now_and_time(sandbox)] == ["03-01T12:00", "03-01T18:00", "03-02T00:00"]
    deploy(sandbox, schedule("at(2027-03-03T00:00:00)"))
    sandbox.clock.run_for(timedelta(days=9))
    assert [now for now, _ in now_and_time(sandbox)][3:] == ["03-03T00:00"]


def test_a_bad_expression_fails_the_deployment(sandbox, deploy):
    with pytest.raises(Exception, match=r"has 5 fields, not 6"):
        deploy(sandbox, schedule("cron(0 2 * * ?)"))
