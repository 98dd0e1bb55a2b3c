"""What a night costs in EC2 calls."""

from collections import Counter

from tests.stories.retiring import RETIRING, arm, history, only_retire, retire
from tests.stories.world import HOME, NIGHTLY, RECOVERY

FLEET = 200


def test_a_night_of_200_instances_costs_at_most_2_1_calls_each(world, record_property):
    """With the quota of pending snapshots as Service Quotas raises it for such a fleet: at the usual 100, takes are refused and come again."""
    story = world()
    story.sandbox.ec2.quotas.pending_snapshots = 2 * FLEET
    story.launch(FLEET)
    story.nights(1)
    assert len(story.good(HOME)) == len(story.good(RECOVERY)) == FLEET
    working = [call for call in story.calls() if not call.caller.endswith(("-sweep", "-follow-tags"))]
    each = len(working) / FLEET
    by_operation = ", ".join(f"{count} {operation}" for operation, count in Counter(call.operation for call in working).most_common())
    record_property("EC2 calls per instance and night", f"{each:.3f} ({by_operation})")
    assert each <= 2.1


def test_takes_over_the_quota_of_pending_snapshots_wait_until_there_is_room(world):
    """EC2 refuses the first that is too many; after that nobody asks who would be refused."""
    story = world(f"pending_snapshots = 8\n{NIGHTLY}")
    story.sandbox.ec2.quotas.pending_snapshots = 8
    story.launch(40)
    story.nights(1)
    assert len(story.good(HOME)) == len(story.good(RECOVERY)) == 40
    refused = [call.error_code for call in story.calls("CreateImage") if call.error_code]
    assert set(refused) == {"PendingSnapshotLimitExceeded"}
    assert len(refused) <= 2
    waited = [record for record in story.records("image.take", status="deferred") if record["reason"] == "snapshots_pending"]
    assert {record["detail"]["quota"] for record in waited} == {8}


def test_a_sweep_costs_at_most_four_calls_per_region_whatever_the_history(world, record_property):
    story = world()
    story.launch(6)  # more than the calls a sweep may make
    story.nights(4)
    sweeps = Counter((call.time, call.region) for call in story.calls() if call.caller.endswith("-sweep"))
    hourly = Counter((time.replace(minute=0, second=0), region) for time, region in sweeps.elements())
    record_property("EC2 calls of the dearest sweep and region", str(max(hourly.values())))
    assert max(hourly.values()) <= 4
    read = [call for call in story.calls("GetObject", service="s3") if call.parameters["Key"].endswith("/manifest.json")]
    manifests = Counter(call.time for call in read if call.caller.endswith("-sweep"))
    record_property("manifests that a sweep reads", str(max(manifests.values())))
    assert max(manifests.values()) == 2  # of tonight's and of the one whose copies may still start: the others are over


def test_a_rung_costs_at_most_1_1_changes_per_image(world, record_property):
    story = world(f"retire_limit = 100\n{RETIRING}")
    arm(story)
    only_retire(story)
    fleet = story.launch(STALE)
    history(story, fleet, 3)
    disabling = counted(story, lambda: retire(story))
    history(story, fleet, 1)
    both = counted(story, lambda: retire(story))
    figures = ", ".join(f"{count / (2 * STALE):.2f} {operation}" for operation, count in disabling.most_common())
    record_property("EC2 calls per image to disable, two regions", figures)
    assert disabling["DisableImage"] == both["DisableImage"] == both["DeregisterImage"] == 2 * STALE
    assert disabling["DisableImage"] + disabling["CreateTags"] <= 1.1 * 2 * STALE
    assert both["DeregisterImage"] + both["DisableImage"] + both["CreateTags"] <= 1.1 * 4 * STALE
    assert disabling["DescribeImageAttribute"] == 2 * STALE
    asked = Counter((call.region, call.time.date()) for call in story.calls("DescribeImageAttribute") if is_question(call))
    record_property("EC2 calls of the dearest day to ask who may launch images, a region", str(max(asked.values())))
    assert max(asked.values()) <= 100
    assert disabling["DescribeImageReferences"] <= 0.22 * 2 * STALE
    shared = sum(disabling[operation] for operation in ("DescribeImages", "DescribeSnapshots", "DescribeInstances"))
    assert shared <= 2 * STALE


STALE = 40


def is_question(call):
    """Whether it asks who may launch an image, not because that is about to be disabled."""
    return call.operation == "DescribeImageAttribute" and call.caller.endswith("-retire-images")


def counted(story, run):
    """The EC2 calls of ours that `run` makes for what it retires."""
    before = len(story.sandbox.gateway.calls)
    run()
    ours = [call for call in story.sandbox.gateway.calls[before:] if call.caller.startswith("nightkeep-") and call.service == "ec2"]
    return Counter(call.operation for call in ours if not is_question(call))
