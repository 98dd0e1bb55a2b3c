"""Images go down the ladder in both regions, step by step, into the bin."""

import pytest

from tests.stories.world import HOME, NIGHTLY, RECOVERY

RETIRING = (
    NIGHTLY
    + """keep = { newest = 2 }

[policies.nightly.ladder]
deregister_after = "1 day"
"""
)


def arm(story, home=HOME, regions=(HOME, RECOVERY), days=14):
    """The rules that guard_bin makes."""
    for region in regions:
        for kind, more in (("EC2_IMAGE", 0), ("EBS_SNAPSHOT", 1)):
            story.sandbox.client("rbin", region).create_rule(
                ResourceType=kind,
                RetentionPeriod={"RetentionPeriodValue": days + more, "RetentionPeriodUnit": "DAYS"},
                ResourceTags=[{"ResourceTagKey": "nightkeep:home", "ResourceTagValue": home}],
                Tags=[{"Key": "nightkeep:home", "Value": home}, {"Key": "nightkeep:created", "Value": story.now.isoformat()}],
            )


def states(story, region):
    """Each night's image, by the day of its slot: its state."""
    return {image["Name"].rsplit("/", 1)[-1][6:8]: image["State"] for image in story.images(region)}


def in_bin(story, region):
    ec2 = story.ec2(region)
    images = ec2.get_paginator("list_images_in_recycle_bin").paginate().build_full_result()["Images"]
    snapshots = ec2.get_paginator("list_snapshots_in_recycle_bin").paginate().build_full_result()["Snapshots"]
    return [image["Name"].rsplit("/", 1)[-1][6:8] for image in images], len(snapshots)


@pytest.mark.parametrize("region", [HOME, RECOVERY])
def test_a_stale_image_is_disabled_and_later_deregistered_into_the_bin(world, region):
    story = world(RETIRING)
    arm(story)
    story.launch()
    story.nights(3)
    story.until(13)
    story.until(13)
    assert states(story, region) == {"02": "disabled", "03": "available", "04": "available"}
    assert in_bin(story, region) == (["01"], 1)
