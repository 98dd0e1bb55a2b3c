"""What is there already is found, even when EC2 does not show it yet, and what is full is waited for."""

from datetime import timedelta

from tests.stories.world import HOME, RECOVERY, start_at

ON_EBS = {"Name": "root-device-type", "Values": ["ebs"]}


def reasons(story, event, **fields):
    return {record["reason"] for record in story.records(event, **fields)}


def image_name(story, instance):
    return f"nightkeep/nightly/{instance}/{story.now:%Y%m%d}T0200Z"


def test_a_name_that_is_taken_by_an_image_that_ec2_does_not_show_yet_waits_until_it_does(world):
    story = world()
    story.sandbox.ec2.timing.visibility_lag = timedelta(minutes=20)
    [instance] = story.launch()
    story.until(2, 2)
    story.send_slot()
    story.nights(1)
    refused = [call for call in story.calls("CreateImage") if call.error_code == "InvalidAMIName.Duplicate"]
    assert refused != []
    assert reasons(story, "image.take", status="deferred", instance_id=instance) == {"name_settling"}
    assert reasons(story, "image.take", status="already") == {"exists"}
    assert story.records("image.take", status="failed") == []
    assert len(story.images(HOME)) == len(story.good(RECOVERY)) == 1


def test_a_name_that_nothing_is_ever_found_under_fails_before_the_window_is_over(world):
    story = world()
    story.launch()
    story.until(2, 2)
    story.sandbox.ec2.timing.visibility_lag = timedelta(days=2)
    [image] = story.images(HOME)
    story.sandbox.ec2.store.region(HOME).images[image["ImageId"]].visible += timedelta(days=2)
    story.send_slot()
    story.until(9)
    failures = story.records("image.take", status="failed")
    assert {(failure["reason"], failure["detail"]["name"]) for failure in failures} == {("name_taken", image["Name"])}
    assert [box for box in story.dead_letters() if box.endswith("-dead")] == []


def test_a_strangers_image_under_our_name_is_a_failure_that_names_it(world):
    story = world()
    [instance] = story.launch()
    stranger = story.ec2().create_image(InstanceId=instance, Name=image_name(story, instance), NoReboot=True)["ImageId"]
    story.until(4)
    failure = story.records("image.take", status="failed")[0]
    assert (failure["reason"], failure["resource_id"]) == ("name_taken", stranger)
    assert story.images(HOME) == []


def test_an_image_that_was_disabled_since_still_counts_and_so_does_a_disabled_copy(world):
    story = world()
    story.launch()
    story.until(2, 40)
    for region in (HOME, RECOVERY):
        [image] = story.images(region, state="available")
        story.ec2(region).disable_image(ImageId=image["ImageId"])
    story.send_slot()
    story.nights(1)
    assert reasons(story, "image.take", status="already") == {"exists"}
    assert [call.operation for call in story.calls("CreateImage", "CopyImage")] == ["CreateImage", "CopyImage"]


def test_a_copy_of_a_disabled_copys_source_is_already_there(world):
    story = world()
    story.launch()
    story.until(2, 40)
    [copied] = story.images(RECOVERY, state="available")
    story.ec2(RECOVERY).disable_image(ImageId=copied["ImageId"])
    [sent] = [call for call in story.calls("SendMessageBatch", service="sqs") if call.parameters["QueueUrl"].endswith("-copy-eu-west-1")]
    story.sandbox.client("sqs", HOME).send_message_batch(**sent.parameters)
    story.nights(1)
    assert [record["resource_id"] for record in story.records("image.copy", status="already")] == [copied["ImageId"]]
    assert len(story.calls("CopyImage")) == 1


def test_a_region_that_is_full_of_copies_is_not_asked_for_one_more(world):
    story = world()
    story.launch()
    fill(story, RECOVERY, 300, timedelta(hours=4))
    story.until(4)
    assert reasons(story, "image.copy", status="deferred") == {"copies_pending"}
    assert {record["detail"]["pending"] for record in story.records("image.copy", status="deferred")} == {300}
    assert story.calls("CopyImage") == []
    story.nights(1)
    assert len(story.good(RECOVERY)) == 1
    assert [call.error_code for call in story.calls("CopyImage")] == [None]


def test_copies_within_one_batch_count_against_the_regions_limit(world):
    story = world()
    story.launch(4)
    fill(story, RECOVERY, 298, timedelta(hours=4))
    story.until(2, 20)
    assert len(story.calls("CopyImage")) == 2
    assert [call for call in story.calls("CopyImage") if call.error_code] == []
    story.nights(1)
    assert len(story.good(RECOVERY)) == 4


def fill(story, region, count, duration):
    """Let somebody else have `count` copies in progress in a region while the night's are due."""
    story.until(1, 30)
    timing, quotas = story.sandbox.ec2.timing, story.sandbox.ec2.quotas
    quotas.pending_snapshots = quotas.snapshot_copies = count + 100
    usual, timing.copy = timing.copy, duration
    source = story.ec2("us-east-1").describe_images(Owners=["amazon"], Filters=[ON_EBS])["Images"][0]["ImageId"]
    for number in range(count):
        story.ec2(region).copy_image(SourceRegion="us-east-1", SourceImageId=source, Name=f"somebody's {number}")
    timing.copy = usual


def test_a_batch_of_which_every_message_is_deferred_is_not_a_failed_invocation(world):
    story = world()
    story.launch(3)
    story.sandbox.faults.refuse("ec2", "CreateImage", HOME, "RequestLimitExceeded", between=(start_at(2), start_at(2, 10)))
    story.nights(1)
    assert len(story.records("image.take", status="deferred")) >= 3
    assert [line for line in story.sandbox.functions.logs(f"nightkeep-{HOME}-take") if "BatchProcessingError" in line] == []
    assert len(story.good(HOME)) == 3
