"""AWS refuses, fails late, goes dark or slows down; the night comes through, or says why not."""

import json
from datetime import timedelta

from tests.stories.keys import customer_key, encrypted_root
from tests.stories.retiring import night
from tests.stories.world import HOME, NIGHTLY, RECOVERY, start_at

ALIAS = "alias/nightkeep-ap-south-1"


def key_of(story, field="Arn"):
    return story.sandbox.client("kms", RECOVERY).describe_key(KeyId=ALIAS)["KeyMetadata"][field]


def test_a_copy_that_fails_on_its_key_is_made_again_when_the_key_works(world):
    story = world()
    story.launch(2)
    kms, key = story.sandbox.client("kms", RECOVERY), key_of(story, "KeyId")
    works = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    denial = {"Sid": "Nobody", "Effect": "Deny", "Principal": "*", "Action": "kms:CreateGrant", "Resource": "*"}
    broken = json.loads(works)
    broken["Statement"].append(denial)
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(broken))
    story.until(2, 25)
    assert {image["State"] for image in story.images(RECOVERY)} == {"failed"}
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=works)
    story.nights(1)
    assert len(story.good(RECOVERY)) == 2
    assert len(story.records("image.copy", status="failed", reason="key_refused")) == 2


def test_a_key_disabled_while_copies_wait_defers_them_until_it_is_back(world):
    story = world()
    story.launch(2)
    story.until(2, 4)
    kms, key = story.sandbox.client("kms", RECOVERY), key_of(story, "KeyId")
    kms.disable_key(KeyId=key)
    story.until(5)
    assert story.images(RECOVERY) == []
    assert {record["reason"] for record in story.records("image.copy", status="deferred")} == {"key_unusable"}
    kms.enable_key(KeyId=key)
    story.nights(1)
    assert len(story.good(RECOVERY)) == len(story.images(RECOVERY)) == 2


def test_a_disabled_key_is_noticed_and_nothing_is_sent_there(world):
    story = world()
    story.launch()
    story.until(1)
    story.sandbox.client("kms", RECOVERY).disable_key(KeyId=key_of(story, "KeyId"))
    story.until(1, 42)
    [record] = story.records("region.check", status="failed")
    assert (record["reason"], record["region"]) == ("key_unusable", RECOVERY)
    assert story.metric("Failed", "sweep") == 1
    story.until(12)
    sent = [call for call in story.calls("SendMessageBatch", service="sqs") if call.caller.endswith("-sweep")]
    assert [call for call in sent if "copy" in call.parameters["QueueUrl"]] == []
    assert len(story.records("region.check", status="failed")) == 11  # every hourly sweep says so, whether a night is due or not


def copy_keys(story):
    """The keys under which a home's copies are encrypted."""
    ec2 = story.ec2(RECOVERY)
    ids = [mapping["Ebs"]["SnapshotId"] for image in story.images(RECOVERY, state="available") for mapping in image["BlockDeviceMappings"]]
    return {snapshot.get("KmsKeyId") for snapshot in ec2.describe_snapshots(SnapshotIds=ids)["Snapshots"]} if ids else set()


def test_sources_unencrypted_under_the_default_key_and_under_a_customer_key_are_copied_under_the_recovery_key(world):
    story = world()
    story.launch()
    story.launch(**encrypted_root())
    story.launch(**encrypted_root(customer_key(story)))
    story.nights(1)
    assert len(story.good(RECOVERY)) == 3
    assert copy_keys(story) == {key_of(story)}


def test_a_source_under_a_key_that_refuses_us_fails_alone_and_says_why(world):
    story = world()
    story.launch()
    [refused] = story.launch(**encrypted_root(customer_key(story, refuses=True)))
    story.nights(1)
    assert len(story.good(HOME)) == 2
    assert len(story.good(RECOVERY)) == 1
    failures = story.records("image.copy", status="failed", instance_id=refused)
    assert [record["reason"] for record in failures].count("key_refused") == 3
    assert failures[-1]["reason"] == "attempts_exhausted"
    assert story.records("image.copy", status="failed") == failures


def test_a_recovery_region_that_is_down_for_a_night_holds_up_nobody_and_catches_up(world):
    story = world(NIGHTLY.replace('["eu-west-1"]', '["eu-west-1", "us-east-1"]'))
    story.launch(3)
    story.sandbox.faults.unreachable(RECOVERY, between=(start_at(1), start_at(11)))
    story.until(9)
    assert len(story.good(HOME)) == 3
    assert len(story.good("us-east-1")) == 3
    assert story.records("region.check", status="failed", region=RECOVERY) != []
    assert story.records("vault.write", status="failed", region=RECOVERY) != []
    story.until(23)
    assert len(story.good(RECOVERY)) == 3
    assert story.manifest(story.slot(), RECOVERY)["takes"] == 3
    assert story.dead_letters() == []


def test_throttled_to_a_crawl_everything_is_still_taken_and_copied_once(world):
    story = world()
    story.launch(20)
    for operation in ("CreateImage", "CopyImage", "DescribeImages"):
        for minute in range(0, 240, 10):
            begin = start_at(2) + timedelta(minutes=minute)
            story.sandbox.faults.refuse("ec2", operation, None, "RequestLimitExceeded", between=(begin, begin + timedelta(minutes=9)))
    story.nights(1)
    assert len(story.good(HOME)) == len(story.images(HOME)) == 20
    assert len(story.good(RECOVERY)) == len(story.images(RECOVERY)) == 20
    assert story.records("image.take", status="deferred") != []
    assert [box for box in story.dead_letters() if box.endswith("-dead")] == []


def test_lost_events_are_found_by_the_sweep(world):
    story = world()
    story.launch(3)
    story.sandbox.faults.lose_event(lambda event: event["detail-type"] == "EC2 AMI State Change")
    story.nights(1)
    assert len(story.good(RECOVERY)) == 3


def test_an_image_whose_slot_nobody_could_count_from_is_not_ours_and_holds_up_nobody(world):
    story = world()
    fleet = story.launch(2)
    bad = night(story, fleet, slots={fleet[0]: "99991231T2359Z"}, regions=())[fleet[0], HOME]
    assert {record["slot"] for record in story.records("image.follow", status="already")} == {story.slot()}
    assert {image["SourceInstanceId"] for image in story.images(HOME) if image["ImageId"] != bad} == set(fleet)
    assert story.records(resource_id=bad) == story.records("message.read") == []
    assert not [line for line in story.sandbox.functions.records(f"nightkeep-{HOME}-follow-images") if "errorType" in line]


def test_a_night_whose_start_was_refused_is_caught_up_inside_its_window(world):
    story = world()
    story.launch(2)
    story.sandbox.faults.refuse("ec2", "DescribeInstances", HOME, "ServiceUnavailable", between=(start_at(1), start_at(4)))
    story.nights(1)
    assert len(story.good(HOME)) == 2
    assert len(story.records("night.planned", status="done", reason="missing")) == 1


def test_an_image_that_fails_is_taken_again_under_the_next_number(world):
    story = world()
    [instance] = story.launch()
    failing = iter([True])
    story.sandbox.faults.fail_image(lambda image: next(failing, False))
    story.nights(1)
    assert [(image["State"], image["Name"].rsplit("/", 1)[-1]) for image in story.images(HOME)] == [
        ("failed", story.slot()),
        ("available", f"{story.slot()}.2"),
    ]
    assert len(story.good(RECOVERY)) == 1
    assert [record["instance_id"] for record in story.records("image.take", status="failed")] == [instance]


def test_a_vault_that_refuses_does_not_hold_up_the_night_and_is_filled_later(world):
    story = world()
    story.launch()
    story.sandbox.faults.refuse("s3", "PutObject", RECOVERY, "ServiceUnavailable", between=(start_at(1), start_at(3)))
    story.until(3)
    assert len(story.images(HOME)) == 1
    assert story.records("vault.write", status="failed", region=RECOVERY) != []
    story.nights(1)
    assert story.manifest(story.slot(), RECOVERY)["takes"] == 1
    assert story.records("vault.write", status="done", region=RECOVERY) != []


def test_a_message_that_nobody_understands_waits_alone_and_ends_as_a_dead_letter(world):
    story = world()
    story.until(1, 59)
    sqs = story.sandbox.client("sqs", HOME)
    url = sqs.get_queue_url(QueueName="nightkeep-ap-south-1-take")["QueueUrl"]
    good = {
        "version": 1,
        "verb": "take",
        "policy": "nightly",
        "slot": "20270301T0200Z",
        "instance_id": "i-0",
        "night_id": "n",
        "reason": "scheduled",
    }
    good["not_after"] = "2027-03-01T08:00:00Z"
    for broken in ({"version": 2}, {"slot": "20279999T9999Z"}, {"verb": "delete"}):
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps(good | broken))
    story.launch(2)
    story.nights(1)
    assert len(story.good(HOME)) == 2
    story.nights(4)
    assert {record["reason"] for record in story.records("message.read")} == {"unknown_message"}
    assert [box for box in story.dead_letters() if box.endswith("-dead")] == ["nightkeep-ap-south-1-take-dead"] * 3


def test_a_slot_that_comes_after_its_window_is_refused(world):
    story = world()
    story.launch()
    story.nights(1)
    before = len(story.calls("CreateImage"))
    story.send_slot()
    story.until(13)
    assert story.records("night.planned")[-1]["reason"] == "expired"
    assert len(story.calls("CreateImage")) == before


def test_deferring_waits_longer_each_time(world):
    story = world()
    story.launch()
    story.sandbox.faults.refuse("ec2", "CreateImage", HOME, "RequestLimitExceeded", between=(start_at(1), start_at(3)))
    story.nights(1)
    waits = [call.parameters["VisibilityTimeout"] for call in story.calls("ChangeMessageVisibility", service="sqs")]
    assert waits[:6] == [30, 60, 120, 240, 480, 900]
    assert len(story.good(HOME)) == 1


def test_a_token_used_with_other_parameters_is_resolved_by_looking(world):
    story = world()
    story.launch()
    story.until(2, 11)
    [image] = story.images(HOME)
    token = {call.parameters["ClientToken"] for call in story.calls("CopyImage")}
    while not token:
        story.sandbox.clock.run_for(timedelta(minutes=1))
        token = {call.parameters["ClientToken"] for call in story.calls("CopyImage")}
    story.ec2().create_tags(Resources=[image["ImageId"]], Tags=[{"Key": "Added", "Value": "since"}])
    [copied] = story.images(RECOVERY)
    story.ec2(RECOVERY).delete_tags(Resources=[copied["ImageId"]], Tags=[{"Key": "nightkeep:home"}])
    story.nights(1)
    mismatches = [call for call in story.calls("CopyImage") if call.error_code == "IdempotentParameterMismatch"]
    assert mismatches != []
    assert "token_mismatch" in {record["reason"] for record in story.records("image.copy", status="failed")}
    assert len(story.ec2(RECOVERY).describe_images(Owners=["self"])["Images"]) == 1


def test_a_copy_under_another_key_than_the_regions_is_no_verified_one(world):
    story = world()
    story.launch()
    story.until(2, 40)
    kms = story.sandbox.client("kms", RECOVERY)
    kms.update_alias(AliasName=ALIAS, TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    story.until(12, days=1)
    [verdict] = [record for record in story.records("night.verdict", status="failed") if record["detail"]["judged"] == "copies"]
    assert (verdict["reason"], verdict["detail"][f"uncopied to {RECOVERY}"]) == ("partial", 1)


def test_who_is_not_allowed_to_see_says_so_once_a_batch_and_waits(world):
    story = world()
    story.launch(3)
    refused = (start_at(1, 50), start_at(2, 20))
    story.sandbox.faults.refuse("ec2", "DescribeImages", HOME, "UnauthorizedOperation", status=403, between=refused)
    story.until(12)
    batches = len({call.time for call in story.calls("DescribeImages") if call.caller.endswith("-take") and call.error_code})
    told = story.records("region.check", status="failed", reason="aws_refused")
    assert len(told) == batches > 0
    assert len(story.good(HOME)) == 3
    assert story.dead_letters() == []


def test_a_worker_that_has_to_wait_long_for_its_turn_stops_before_its_time_is_over(world):
    story = world(NIGHTLY.replace("[policies", "api_share = 0.01\n[policies"))
    story.launch(8)
    story.until(12)
    assert len(story.good(RECOVERY)) == 8
    assert "out_of_time" in {record["reason"] for record in story.records("image.copy", status="deferred")}
    assert [line for line in story.sandbox.functions.logs(f"nightkeep-{HOME}-copy") if "Task timed out" in line] == []


def test_a_copy_whose_time_is_over_expires_though_its_region_is_still_dark(world):
    story = world()
    story.launch()
    story.sandbox.faults.unreachable(RECOVERY, between=(start_at(2, 5), start_at(23, day=3)))
    story.until(12, days=2)
    first = [record for record in story.records("image.copy", status="skipped") if record["slot"].startswith("20270301")]
    assert {record["reason"] for record in first} == {"expired"}
    story.sandbox.faults.clear()
    assert [box for box in story.dead_letters() if box.endswith("-dead")] == []
