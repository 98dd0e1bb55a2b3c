"""Which nights are owed, by whatever was deployed, edited, lost or refused meanwhile; and that each reboots an instance once at most."""

from datetime import UTC, datetime

from sandbox.faults import read
from tests.stories.world import HOME, NIGHTLY, RECOVERY, start_at

REBOOTING = NIGHTLY.replace("6 hours", "12 hours") + "reboot = true\n"


def lose_image_events(story):
    story.sandbox.faults.lose_event(lambda event: event["detail-type"] == "EC2 AMI State Change")


def reboots(story):
    return [call.parameters["InstanceId"] for call in story.calls("CreateImage") if not call.parameters["NoReboot"] and not call.error_code]


def refuse_the_start(story):
    """The schedule's invocation finds an EC2 that refuses, until long after Lambda gave up."""
    story.sandbox.faults.refuse("ec2", "DescribeInstances", HOME, "ServiceUnavailable", between=(start_at(1, 50), start_at(2, 30)))


def test_a_deployment_in_the_morning_owes_and_judges_no_night_before(world):
    story = world(start=start_at(7))
    story.launch()
    story.until(20)
    assert story.images(HOME) == []
    assert story.records("night.verdict") == []
    assert story.metric("NightOverdue", "sweep") == 0


def test_a_schedule_that_is_put_back_owes_no_slot_before_that(world):
    evening = REBOOTING.replace("0 2 * *", "0 20 * *")
    story = world(REBOOTING)
    story.launch()
    story.nights(1)
    story.deploy(evening)
    story.nights(1)
    story.until(7)
    story.deploy(REBOOTING)
    taken = len(story.calls("CreateImage"))
    story.until(12)
    assert len(story.calls("CreateImage")) == taken


def test_a_policy_that_comes_back_owes_no_slot_before_that(world):
    other = NIGHTLY.replace("policies.nightly", "policies.other").replace("0 2 * *", "0 20 * *")
    story = world(REBOOTING)
    story.launch()
    story.nights(1)
    story.deploy(other)
    story.nights(1)
    story.until(7)
    story.deploy(REBOOTING)
    taken = len(story.calls("CreateImage"))
    story.until(12)
    assert len(story.calls("CreateImage")) == taken


def test_a_stack_that_is_made_anew_beside_its_old_vault_owes_no_slot_before_that(world):
    story = world(REBOOTING)
    story.launch()
    story.nights(1)
    s3 = story.sandbox.client("s3", HOME)
    bucket = f"nightkeep-{HOME}-{story.sandbox.account}-{HOME}-an"
    ledger = story.object("nights/ledger.json").replace(b"arn:aws:cloudformation", b"arn:aws:an-earlier-stack")
    story.until(7)
    s3.put_object(Bucket=bucket, Key="nights/ledger.json", Body=ledger)
    for entry in s3.list_objects_v2(Bucket=bucket, Prefix="nights/nightly/")["Contents"]:
        s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": entry["Key"]}]})  # as if the night had never been planned
    for image in story.images(HOME):
        story.ec2().deregister_image(ImageId=image["ImageId"])
    taken = len(story.calls("CreateImage"))
    story.until(12)
    assert len(story.calls("CreateImage")) == taken


def test_an_image_that_somebody_deregisters_is_made_again_without_a_reboot(world):
    story = world(REBOOTING)
    [instance] = story.launch()
    story.until(2, 30)
    [image] = story.images(HOME)
    story.ec2().deregister_image(ImageId=image["ImageId"])
    story.until(12)
    assert len(story.good(HOME)) == 1
    assert reboots(story) == [instance]


def test_a_night_that_was_never_started_is_caught_up_with_its_one_reboot(world):
    story = world(REBOOTING)
    fleet = story.launch(2)
    refuse_the_start(story)
    story.until(12)
    assert len(story.good(HOME)) == 2
    assert sorted(reboots(story)) == sorted(fleet)


def test_a_night_that_cannot_be_started_is_taken_all_the_same_without_a_reboot(world):
    story = world(REBOOTING)
    story.launch(2)
    refuse_the_start(story)
    story.sandbox.faults.play(
        read(
            '[[refuse]]\nservice = "lambda"\noperation = "Invoke"\ncaller = "nightkeep-*"\ncode = "TooManyRequestsException"\nstatus = 429\n'
        )
    )
    story.until(12)
    assert len(story.good(HOME)) == len(story.good(RECOVERY)) == 2
    assert reboots(story) == []
    assert story.records("night.repaired", status="failed", reason="aws_busy") != []


def test_a_home_vault_that_refuses_from_the_start_costs_no_night_and_rings(world):
    story = world(REBOOTING)
    story.launch(2)
    story.sandbox.faults.refuse("s3", "PutObject", HOME, "AccessDenied", status=403)
    refuse_the_start(story)
    story.until(12)
    assert len(story.good(HOME)) == len(story.good(RECOVERY)) == 2
    assert reboots(story) == []
    assert story.metric("NightOverdue", "sweep") > 0


def test_a_home_vault_that_cannot_be_read_costs_no_night_and_rings(world):
    story = world()
    story.launch(2)
    for operation in ("ListObjectsV2", "GetObject"):
        story.sandbox.faults.refuse("s3", operation, HOME, "ServiceUnavailable")
    lose_image_events(story)
    story.until(12)
    assert len(story.good(HOME)) == len(story.good(RECOVERY)) == 2
    assert {record["reason"] for record in story.records("vault.read", status="failed")} == {"aws_busy"}
    assert story.metric("NightOverdue", "sweep") > 0
    assert [record["reason"] for record in story.records("night.verdict", slot=story.slot())] == ["ok"]


def test_a_schedule_edited_in_mid_night_does_not_forget_the_night(world):
    story = world()
    story.launch()
    story.until(2, 2)
    lose_image_events(story)
    story.deploy(NIGHTLY.replace("0 2 * *", "0 23 * *").replace("6 hours", "2 hours"))
    story.until(22)
    assert len(story.good(HOME)) == len(story.good(RECOVERY)) == 1
    [verdict] = story.records("night.verdict")
    assert (verdict["slot"], verdict["reason"], verdict["detail"]["verdict"]) == (story.slot(), "ok", "OK")


def test_a_policy_renamed_in_mid_night_does_not_forget_the_night(world):
    story = world()
    story.launch()
    story.until(2, 3)
    story.deploy(NIGHTLY.replace("policies.nightly", "policies.renamed"))
    story.until(12, days=1)
    slot = story.slot()
    copied = [image for image in story.images(RECOVERY, state="available") if image["Name"].startswith("nightkeep/nightly/")]
    assert len(copied) == 1
    told = [record for record in story.records("night.verdict") if record["policy"] == "nightly"]
    assert [(record["detail"]["judged"], record["reason"]) for record in told] == [("copies", "ok")]
    assert slot != told[0]["slot"]


def test_a_region_that_was_dropped_in_mid_night_gets_no_copy(world):
    story = world()
    story.launch()
    story.until(2, 2)
    story.deploy(NIGHTLY.replace('"eu-west-1"', '"us-east-1"'))
    story.until(12)
    assert story.images(RECOVERY) == []
    assert len(story.good("us-east-1")) == 1


def test_a_window_shortened_in_mid_night_gives_up_nothing_that_was_promised_more(world):
    story = world(NIGHTLY.replace("6 hours", "20 hours"))
    story.launch(2)
    story.sandbox.faults.refuse("ec2", "CreateImage", HOME, "RequestLimitExceeded", between=(start_at(1), start_at(13)))
    story.until(9)
    story.deploy(NIGHTLY.replace("6 hours", "2 hours"))
    story.until(22)
    assert len(story.good(HOME)) == 2
    assert [box for box in story.dead_letters() if box.endswith("-dead")] == []


def test_takes_outlast_a_day_in_which_nothing_can_be_seen(world):
    story = world()
    story.launch(2)
    story.sandbox.faults.refuse("ec2", "DescribeImages", HOME, "ServiceUnavailable", between=(start_at(1), start_at(23)))
    story.until(23, 30)
    assert [box for box in story.dead_letters() if box.endswith("-dead")] == []
    assert {record["reason"] for record in story.records("image.take", status="skipped")} == {"expired"}


def test_a_verdict_waits_for_a_sweep_that_can_see(world):
    story = world()
    story.launch()
    story.sandbox.faults.refuse("ec2", "DescribeImages", HOME, "ServiceUnavailable", between=(start_at(8, 30), start_at(8, 55)))
    story.until(20)
    assert [(record["slot"], record["detail"]["judged"]) for record in story.records("night.verdict")] == [(story.slot(), "takes")]


def test_a_copy_that_somebody_deregisters_is_made_again_and_told_once(world):
    story = world()
    story.launch()
    story.until(2, 50)
    [copied] = story.images(RECOVERY)
    story.ec2(RECOVERY).deregister_image(ImageId=copied["ImageId"])
    story.until(12)
    [again] = story.images(RECOVERY)
    assert again["ImageId"] != copied["ImageId"]
    told = [record["resource_id"] for status in ("done", "already") for record in story.records("image.copy", status=status)]
    assert told == [copied["ImageId"], again["ImageId"]]


def test_a_sweep_asks_home_once_whatever_the_number_of_recovery_regions(world):
    regions = ["eu-west-1", "us-east-1", "us-west-2", "eu-central-1"]
    story = world(NIGHTLY.replace('["eu-west-1"]', str(regions).replace("'", '"')))
    story.launch(2)
    lose_image_events(story)
    story.until(4)
    sweeps = {}
    for call in story.calls():
        if call.caller.endswith("-sweep"):
            sweeps.setdefault((call.time.hour, call.region), []).append(call.operation)
    assert max(map(len, sweeps.values())) <= 4
    assert all(len(story.images(region)) == 2 for region in regions)


def test_a_sweep_tries_a_dark_region_once_however_many_nights_are_due(world):
    more = "".join(
        f'\n[policies.p{n}]\nschedule = "cron(0 2 * * ? *)"\ncopy_to = ["eu-west-1", "us-east-1"]\nfirst_image = "none"\n' for n in range(4)
    )
    story = world(NIGHTLY + more)
    story.launch(backup="nightly p0 p1")
    lose_image_events(story)
    story.sandbox.faults.unreachable(RECOVERY, between=(start_at(3), start_at(4)))
    story.until(4, 30)
    assert len(story.records(reason="unreachable", region=RECOVERY)) == 1
    assert len(story.images("us-east-1")) == 2


def test_a_slot_that_the_clocks_skip_is_not_overdue(world):
    berlin = NIGHTLY.replace("0 2 * *", "30 2 * *") + 'timezone = "Europe/Berlin"\n'
    story = world(berlin, start=datetime(2027, 3, 27, 10, tzinfo=UTC))
    story.launch()
    story.nights(2)
    assert [record["slot"] for record in story.records("night.planned")] == ["20270328T0130Z"]
    assert len(story.good(HOME)) == 1
    assert story.metric("NightOverdue", "sweep") == 0


def test_an_instance_that_is_made_just_before_the_deadline_is_not_missing_and_one_that_is_only_started_then_is(world):
    story = world()
    story.launch()
    [idle] = story.launch()
    story.sandbox.faults.fail_image(lambda image: image.source_instance == idle, "an internal error")
    story.until(7, 50)
    [late] = story.launch()
    story.ec2().stop_instances(InstanceIds=[idle])
    story.until(7, 53)
    story.ec2().start_instances(InstanceIds=[idle])
    story.until(9)
    [verdict] = story.records("night.verdict")
    assert late not in verdict["detail"]["lacking"]
    assert idle in verdict["detail"]["lacking"]


def test_a_weekly_night_that_was_planned_is_not_overdue_days_later(world):
    story = world(NIGHTLY.replace("cron(0 2 * * ? *)", "cron(0 2 ? * TUE *)"))
    story.launch()
    story.nights(7)
    assert len(story.good(HOME)) == 1
    assert story.metric("NightOverdue", "sweep") == 0
