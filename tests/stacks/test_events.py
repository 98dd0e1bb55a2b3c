"""What starts what: schedules and rules."""

import json

import pytest

HOME = "nightkeep-ap-south-1"
SETTLED = {"source": ["aws.ec2"], "detail-type": ["EC2 AMI State Change"], "detail": {"State": ["available", "failed"]}}
CHANGED = {"source": ["aws.rbin"]}
DEPLOYED = {
    "source": ["aws.cloudformation"],
    "detail-type": ["CloudFormation Stack Status Change"],
    "detail": {
        "stack-id": [{"wildcard": "*:stack/Nightkeep-ap-south-1/*"}, {"wildcard": "*:stack/Nightkeep-ap-south-1-recovery/*"}],
        "status-details": {"status": ["CREATE_COMPLETE", "IMPORT_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"]},
    },
}
UNDELIVERED = f"arn:aws:sqs:ap-south-1:123456789012:{HOME}-undelivered"


def test_images_of_every_region_that_settled_are_followed(home):
    rule = home.named("Events::Rule", "Name")[f"{HOME}-follow"]
    (target,) = rule["Targets"]
    assert rule["EventPattern"] == SETTLED
    assert target["Arn"].endswith(f":{HOME}-follow")
    assert target["DeadLetterConfig"] == {"Arn": UNDELIVERED}


@pytest.mark.parametrize(("rule", "pattern"), [("guard-rules", CHANGED), ("guard-stacks", DEPLOYED)])
def test_what_happens_to_the_bins_rules_and_a_deployment_that_finished_start_the_guard(home, rule, pattern):
    rule = home.named("Events::Rule", "Name")[f"{HOME}-{rule}"]
    (target,) = rule["Targets"]
    assert rule["EventPattern"] == pattern
    assert target["Arn"].endswith(f":function:{HOME}-guard-bin")
    assert target["DeadLetterConfig"] == {"Arn": UNDELIVERED}


def test_changed_tags_of_instances_are_followed_in_whatever_case_but_no_image_s(home):
    rule = home.named("Events::Rule", "Name")[f"{HOME}-follow-tags"]
    (target,) = rule["Targets"]
    keys = [{"equals-ignore-case": key} for key in ("Backup", "Backup:reboot", "Backup:group", "Backup:now", "Backup:hold")]
    assert rule["EventPattern"] == {
        "source": ["aws.tag"],
        "detail-type": ["Tag Change on Resource"],
        "detail": {"service": ["ec2"], "resource-type": ["instance"], "changed-tag-keys": keys},
    }
    assert target["Arn"].endswith(f":{HOME}-follow-tags")
    assert target["DeadLetterConfig"] == {"Arn": UNDELIVERED}


def test_there_is_no_other_rule(home, recovery):
    assert set(home.named("Events::Rule", "Name")) == {
        f"{HOME}-{what}" for what in ("follow", "follow-tags", "guard-rules", "guard-stacks")
    }
    assert set(recovery.named("Events::Rule", "Name")) == {f"{HOME}-forward-{what}" for what in ("images", "rules", "stacks")}


@pytest.mark.parametrize(("what", "pattern"), [("images", SETTLED), ("rules", CHANGED), ("stacks", DEPLOYED)])
def test_a_recovery_region_forwards_its_own_events_only(recovery, what, pattern):
    rule = recovery.named("Events::Rule", "Name")[f"{HOME}-forward-{what}"]
    (target,) = rule["Targets"]
    assert rule["EventPattern"] == {**pattern, "region": [recovery.region]}
    assert target["Arn"] == "arn:aws:events:ap-south-1:123456789012:event-bus/default"
    assert target["RoleArn"].endswith(f"{HOME}-forward-{recovery.region}")
    assert target["DeadLetterConfig"]["Arn"] == f"arn:aws:sqs:{recovery.region}:123456789012:{HOME}-undelivered"


def test_each_policy_has_its_schedule_in_its_time_zone(home):
    schedules = home.named("Scheduler::Schedule", "Name")
    assert set(schedules) == {f"{HOME}-take-nightly", f"{HOME}-take-weekly", f"{HOME}-sweep", f"{HOME}-guard-bin", f"{HOME}-retire-images"}
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


def test_images_are_retired_daily_an_hour_after_the_bin_is_guarded(home):
    schedule = home.named("Scheduler::Schedule", "Name")[f"{HOME}-retire-images"]
    assert (schedule["ScheduleExpression"], schedule["ScheduleExpressionTimezone"]) == ("cron(17 12 * * ? *)", "UTC")


def test_the_bin_is_guarded_daily(home):
    guard = home.named("Scheduler::Schedule", "Name")[f"{HOME}-guard-bin"]
    assert (guard["ScheduleExpression"], guard["ScheduleExpressionTimezone"]) == ("cron(11 11 * * ? *)", "UTC")
    assert json.loads(guard["Target"]["Input"]) == {"time": "<aws.scheduler.scheduled-time>"}
    assert guard["Target"]["Arn"].endswith(f":function:{HOME}-guard-bin")


def test_what_a_schedule_cannot_deliver_is_kept(home):
    for schedule in home.named("Scheduler::Schedule", "Name").values():
        assert schedule["Target"]["DeadLetterConfig"] == {"Arn": UNDELIVERED}
        assert schedule["Target"]["RoleArn"].endswith(f"{HOME}-schedules")
        assert 60 <= schedule["Target"]["RetryPolicy"]["MaximumEventAgeInSeconds"] <= 86400
