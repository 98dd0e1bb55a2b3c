"""What starts what: schedules and rules."""

import json

HOME = "nightkeep-ap-south-1"
SETTLED = {"source": ["aws.ec2"], "detail-type": ["EC2 AMI State Change"], "detail": {"State": ["available", "failed"]}}
UNDELIVERED = f"arn:aws:sqs:ap-south-1:123456789012:{HOME}-undelivered"


def test_images_of_every_region_that_settled_are_followed(home):
    (rule,) = home.named("Events::Rule", "Name").values()
    (target,) = rule["Targets"]
    assert rule["EventPattern"] == SETTLED
    assert target["Arn"].endswith(f":{HOME}-follow")
    assert target["DeadLetterConfig"] == {"Arn": UNDELIVERED}


def test_a_recovery_region_forwards_its_own_events_only(recovery):
    (rule,) = recovery.named("Events::Rule", "Name").values()
    (target,) = rule["Targets"]
    assert rule["EventPattern"] == {**SETTLED, "region": [recovery.region]}
    assert target["Arn"] == "arn:aws:events:ap-south-1:123456789012:event-bus/default"
    assert target["RoleArn"].endswith(f"{HOME}-forward-{recovery.region}")
    assert target["DeadLetterConfig"]["Arn"] == f"arn:aws:sqs:{recovery.region}:123456789012:{HOME}-undelivered"


def test_each_policy_has_its_schedule_in_its_time_zone(home):
    schedules = home.named("Scheduler::Schedule", "Name")
    assert set(schedules) == {f"{HOME}-take-nightly", f"{HOME}-take-weekly", f"{HOME}-sweep"}
    nightly = schedules[f"{HOME}-take-nightly"]
    assert nightly["ScheduleExpression"] == "cron(0 2 * * ? *)"
    assert nightly["ScheduleExpressionTimezone"] == "Asia/Kolkata"
    assert nightly["FlexibleTimeWindow"] == {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15}
    assert nightly["Target"]["Arn"].endswith(f":{HOME}-take-images")
    assert json.loads(nightly["Target"]["Input"]) == {"policy": "nightly", "time": "<aws.scheduler.scheduled-time>"}
    assert nightly["Target"]["RetryPolicy"]["MaximumEventAgeInSeconds"] == 6 * 3600


def test_the_sweep_is_hourly(home):
    sweep = home.named("Scheduler::Schedule", "Name")[f"{HOME}-sweep"]
    assert (sweep["ScheduleExpression"], sweep["ScheduleExpressionTimezone"]) == ("cron(41 * * * ? *)", "UTC")
    assert sweep["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert json.loads(sweep["Target"]["Input"]) == {"time": "<aws.scheduler.scheduled-time>"}


def test_what_a_schedule_cannot_deliver_is_kept(home):
    for schedule in home.named("Scheduler::Schedule", "Name").values():
        assert schedule["Target"]["DeadLetterConfig"] == {"Arn": UNDELIVERED}
        assert schedule["Target"]["RoleArn"].endswith(f"{HOME}-schedules")
        assert 60 <= schedule["Target"]["RetryPolicy"]["MaximumEventAgeInSeconds"] <= 86400
