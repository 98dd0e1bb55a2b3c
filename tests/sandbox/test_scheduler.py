"""Schedules: what expressions mean, and when they run."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.account import Sandbox
from sandbox.faults import read
from sandbox.scheduler.expressions import ExpressionError, following
from tests.sandbox.apps import HOME, att, function, queue, role

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


@pytest.mark.parametrize(
    ("begins", "expected"),
    [
        ("2027-03-26", ["2027-03-27T01:30:00Z", "2027-03-29T00:30:00Z", "2027-03-30T00:30:00Z"]),
        ("2027-10-29", ["2027-10-30T00:30:00Z", "2027-10-31T00:30:00Z", "2027-11-01T01:30:00Z", "2027-11-02T01:30:00Z"]),
    ],
)
def test_a_schedule_runs_in_its_zone_over_the_change_of_clocks(deploy, begins, expected):
    """What does not exist is left out, and what comes twice is once."""
    with Sandbox(start=datetime.fromisoformat(f"{begins}T12:00:00+00:00")) as opened:
        deploy(opened, schedule("cron(30 2 * * ? *)", ScheduleExpressionTimezone="Europe/Berlin"))
        opened.clock.run_for(timedelta(days=4))
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


def test_a_queue_under_the_default_sqs_key_gets_nothing(sandbox, create, slots):
    sqs = sandbox.client("sqs", HOME)
    sqs.set_queue_attributes(QueueUrl=sqs.get_queue_url(QueueName="slots")["QueueUrl"], Attributes={"KmsMasterKeyId": "alias/aws/sqs"})
    create(ScheduleExpression="at(2027-03-01T20:00:00)", **TO_QUEUE)
    sandbox.clock.run_for(timedelta(days=1))
    assert slots() == []
    [(_, reason)] = sandbox.runtime.scheduler.dead_letters.dropped
    assert "alias/aws/sqs" in reason


ROLE = "arn:aws:iam::123456789012:role/scheduling"
TARGET = {"Arn": f"arn:aws:lambda:{HOME}:123456789012:function:worker", "RoleArn": ROLE}


@pytest.fixture
def create(sandbox):
    """Create a schedule, or change it, without CloudFormation; a daily one unless told otherwise."""
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "scheduler.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    iam, client = sandbox.client("iam", HOME), sandbox.client("scheduler", HOME)
    for name, document in (("scheduling", trust), ("another", {"Statement": []})):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document))
    allowed = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam.put_role_policy(RoleName="scheduling", PolicyName="all", PolicyDocument=json.dumps(allowed))

    def create(*, update=False, **more):
        target = TARGET | more.pop("Target", {})
        daily = {"Name": "s", "ScheduleExpression": "cron(0 2 * * ? *)", "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": target}
        (client.update_schedule if update else client.create_schedule)(**(daily | more))

    return create


NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
REFUSED = [
    {"ScheduleExpression": "cron(0 2 * * *)"},
    {"ScheduleExpression": "rate(5 weeks)"},
    {"ScheduleExpressionTimezone": "Europe/Atlantis"},
    {"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}},
    {"FlexibleTimeWindow": {"Mode": "OFF", "MaximumWindowInMinutes": 5}},
    {"FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 1441}},
    {"StartDate": NOON - timedelta(minutes=6)},
    {"ScheduleExpression": "rate(1 hour)", "StartDate": NOON - timedelta(minutes=6)},
    {"EndDate": NOON - timedelta(minutes=1)},
    {"StartDate": NOON + timedelta(days=2), "EndDate": NOON + timedelta(days=1)},
    {"Target": {"RetryPolicy": {"MaximumRetryAttempts": 186}}},
    {"Target": {"RetryPolicy": {"MaximumEventAgeInSeconds": 86_401}}},
    {"Target": {"DeadLetterConfig": {"Arn": "arn:aws:sqs:eu-west-1:123456789012:q"}}},
    {"Target": {"Input": "x" * 262_145}},
    {"Target": {"Arn": f"arn:aws:sqs:{HOME}:123456789012:q.fifo"}},
    {"Target": {"RoleArn": "arn:aws:iam::123456789012:role/another"}},
    {"Target": {"RoleArn": "arn:aws:iam::123456789012:role/nobodys"}},
]


@pytest.mark.parametrize("settings", REFUSED)
def test_schedules_that_are_refused(sandbox, create, refused, settings):
    with refused("ValidationException"):
        create(**settings)
    create()
    with refused("ValidationException"):
        create(update=True, **settings)
    assert len(sandbox.client("scheduler", HOME).list_schedules()["Schedules"]) == 1


def test_what_schedules_do_not_deliver_to_is_said_at_once(create, refused):
    with refused("UnsupportedSandboxOperation"):
        create(Target={"Arn": "arn:aws:scheduler:::aws-sdk:ec2:createImage"})


def test_a_group_must_be_there(create, refused):
    with refused("ResourceNotFoundException"):
        create(GroupName="nobodys")


@pytest.fixture
def slots(sandbox):
    """When a queue that a schedule sends to got messages, in hours since noon, and their bodies."""
    sqs = sandbox.client("sqs", HOME)
    url = sqs.create_queue(QueueName="slots")["QueueUrl"]

    def slots():
        found = []
        while batch := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"]).get("Messages"):
            found += [(datetime.fromtimestamp(int(one["Attributes"]["SentTimestamp"]) / 1000, UTC), one["Body"]) for one in batch]
        return sorted(((time - NOON) / timedelta(hours=1), body) for time, body in found)

    return slots


TO_QUEUE = {"Target": {"Arn": f"arn:aws:sqs:{HOME}:123456789012:slots", "Input": "<aws.scheduler.scheduled-time>"}}


@pytest.mark.parametrize(
    ("settings", "hours"),
    [
        ({"ScheduleExpression": "rate(6 hours)"}, [0, 6, 12, 18, 24]),
        ({"ScheduleExpression": "rate(6 hours)", "StartDate": NOON + timedelta(hours=1)}, [1, 7, 13, 19]),
        ({"ScheduleExpression": "rate(6 hours)", "StartDate": NOON - timedelta(minutes=3)}, [0, 5.95, 11.95, 17.95, 23.95]),
        ({"ScheduleExpression": "rate(6 hours)", "EndDate": NOON + timedelta(hours=12)}, [0, 6, 12]),
        ({"ScheduleExpression": "cron(0 */6 * * ? *)", "StartDate": NOON + timedelta(hours=7)}, [12, 18, 24]),
        ({"ScheduleExpression": "cron(0 */6 * * ? *)", "EndDate": NOON + timedelta(hours=13)}, [6, 12]),
        ({"ScheduleExpression": "at(2027-03-01T20:00:00)", "StartDate": NOON + timedelta(hours=20)}, [8]),
        ({"ScheduleExpression": "at(2027-03-01T20:00:00)", "ScheduleExpressionTimezone": "Asia/Kolkata"}, [2.5]),
        ({"ScheduleExpression": "rate(6 hours)", "State": "DISABLED"}, []),
    ],
)
def test_when_a_schedule_comes(sandbox, create, slots, settings, hours):
    create(**settings, **TO_QUEUE)
    sandbox.clock.run_for(timedelta(days=1))
    assert [hour for hour, _ in slots()] == pytest.approx(hours)


@pytest.mark.parametrize(
    ("settings", "left"),
    [
        ({"ScheduleExpression": "at(2027-03-01T20:00:00)"}, 1),
        ({"ScheduleExpression": "at(2027-03-01T20:00:00)", "ActionAfterCompletion": "NONE"}, 1),
        ({"ScheduleExpression": "at(2027-03-01T20:00:00)", "ActionAfterCompletion": "DELETE"}, 0),
        ({"ScheduleExpression": "rate(6 hours)", "EndDate": NOON + timedelta(hours=12), "ActionAfterCompletion": "DELETE"}, 0),
        ({"ScheduleExpression": "rate(6 hours)", "ActionAfterCompletion": "DELETE"}, 1),
    ],
)
def test_what_is_left_of_a_schedule(sandbox, create, slots, settings, left):
    create(**settings, **TO_QUEUE)
    sandbox.clock.run_for(timedelta(days=1))
    assert slots() != []
    assert len(sandbox.client("scheduler", HOME).list_schedules()["Schedules"]) == left


def test_a_change_says_what_happens_after_completion_too(sandbox, create, slots):
    create(ScheduleExpression="at(2027-03-01T20:00:00)", ActionAfterCompletion="DELETE", **TO_QUEUE)
    create(update=True, ScheduleExpression="at(2027-03-01T20:00:00)", **TO_QUEUE)
    sandbox.clock.run_for(timedelta(days=1))
    assert len(sandbox.client("scheduler", HOME).list_schedules()["Schedules"]) == 1


def test_without_input_it_is_schedulers_own_event(sandbox, create, slots):
    create(ScheduleExpression="at(2027-03-01T20:00:00)", Target={"Arn": f"arn:aws:sqs:{HOME}:123456789012:slots"})
    sandbox.clock.run_for(timedelta(days=1))
    [(_, body)] = slots()
    event = json.loads(body)
    identity = event.pop("id")
    assert identity
    assert event == {
        "version": "0",
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": "123456789012",
        "time": "2027-03-01T20:00:00Z",
        "region": HOME,
        "resources": [f"arn:aws:scheduler:{HOME}:123456789012:schedule/default/s"],
        "detail": "{}",
    }


def test_the_context_attributes(sandbox, create, slots):
    names = ("schedule-arn", "scheduled-time", "execution-id", "attempt-number")
    text = " ".join(f"<aws.scheduler.{name}>" for name in names)
    create(ScheduleExpression="at(2027-03-01T20:00:00)", Target=TO_QUEUE["Target"] | {"Input": text})
    sandbox.clock.run_for(timedelta(days=1))
    [(_, body)] = slots()
    arn, time, execution, attempt = body.split()
    assert (arn, time, attempt) == (f"arn:aws:scheduler:{HOME}:123456789012:schedule/default/s", "2027-03-01T20:00:00Z", "1")
    assert "<" not in execution


@pytest.mark.parametrize(
    ("policy", "seen", "dead"),
    [
        ({}, [11.0], []),
        ({"MaximumRetryAttempts": 3}, [], ["MaximumRetryAttempts"]),
        ({"MaximumEventAgeInSeconds": 600}, [], ["MaximumEventAgeInSeconds"]),
    ],
)
def test_a_target_that_refuses_is_tried_again_then_it_is_a_dead_letter(sandbox, create, slots, policy, seen, dead):
    sqs = sandbox.client("sqs", HOME)
    url = sqs.create_queue(QueueName="dead")["QueueUrl"]
    more = {"RetryPolicy": policy, "DeadLetterConfig": {"Arn": f"arn:aws:sqs:{HOME}:123456789012:dead"}}
    create(ScheduleExpression="at(2027-03-01T20:00:00)", Target=TO_QUEUE["Target"] | {"Input": "<aws.scheduler.attempt-number>"} | more)
    pattern = '[[refuse]]\nservice = "sqs"\noperation = "SendMessage"\ncaller = "scheduler.*"\ncode = "ServiceUnavailable"\n'
    sandbox.faults.play(read(pattern + "between = [2027-03-01T20:00:00Z, 2027-03-01T23:00:00Z]"))
    sandbox.clock.run_for(timedelta(days=1))
    found = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"]).get("Messages", [])
    assert [one["MessageAttributes"].get("EXHAUSTED_RETRY_CONDITION", {}).get("StringValue") for one in found] == dead
    arrived = slots()
    assert [int(hour) for hour, _ in arrived] == seen
    assert all(int(attempt) > 20 for _, attempt in arrived)
