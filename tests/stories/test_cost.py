"""What a night costs in EC2 calls."""

from collections import Counter

from tests.stories.world import HOME, RECOVERY

FLEET = 200


def test_a_night_of_200_instances_costs_at_most_2_1_calls_each(world, record_property):
    """With the quota of pending snapshots as Service Quotas raises it for such a fleet: at the usual 100, takes are refused and come again."""
    story = world()
    story.sandbox.ec2.quotas.pending_snapshots = 2 * FLEET
    story.launch(FLEET)
    story.nights(1)
    assert len(story.good(HOME)) == len(story.good(RECOVERY)) == FLEET
    working = [call for call in story.calls() if not call.caller.endswith("-sweep")]
    each = len(working) / FLEET
    by_operation = ", ".join(f"{count} {operation}" for operation, count in Counter(call.operation for call in working).most_common())
    record_property("EC2 calls per instance and night", f"{each:.3f} ({by_operation})")
    assert each <= 2.1


def test_takes_over_the_quota_of_pending_snapshots_wait_until_all_are_made(world):
    story = world()
    story.sandbox.ec2.quotas.pending_snapshots = 4
    story.launch(12)
    story.nights(1)
    assert len(story.good(HOME)) == len(story.good(RECOVERY)) == 12
    assert "PendingSnapshotLimitExceeded" in {call.error_code for call in story.calls("CreateImage")}


def test_a_sweep_costs_at_most_four_calls_per_region_whatever_the_history(world, record_property):
    story = world()
    story.launch(20)
    story.nights(10)
    sweeps = Counter((call.time, call.region) for call in story.calls() if call.caller.endswith("-sweep"))
    hourly = Counter((time.replace(minute=0, second=0), region) for time, region in sweeps.elements())
    record_property("EC2 calls of the dearest sweep and region", str(max(hourly.values())))
    assert max(hourly.values()) <= 4
