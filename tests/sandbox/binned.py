"""A Recycle Bin with rules, and what is in it."""

from datetime import timedelta

import pytest

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RECOVERING, LAG = timedelta(seconds=30), timedelta(minutes=1)
KINDS = ("EC2_IMAGE", "EBS_SNAPSHOT")


@pytest.fixture
def prompt(sandbox):
    """Describes do not lag: what the bin does is not about that."""
    sandbox.ec2.timing.visibility_lag = timedelta()


@pytest.fixture
def bin_rule(rbin):
    """Create a rule at home; its identifier."""

    def bin_rule(kind, days=7, **parameters):
        period = {"RetentionPeriodValue": days, "RetentionPeriodUnit": "DAYS"}
        return rbin.create_rule(ResourceType=kind, RetentionPeriod=period, **parameters)["Identifier"]

    return bin_rule


@pytest.fixture
def armed(sandbox, bin_rule):
    """Rules that keep all images and snapshots for a week, and have done so for a while; their identifiers by type."""
    rules = {kind: bin_rule(kind) for kind in KINDS}
    sandbox.clock.run_for(2 * HOUR)
    return rules


def images(home, **parameters):
    return home.list_images_in_recycle_bin(**parameters)["Images"]


def snapshots(home, **parameters):
    return home.list_snapshots_in_recycle_bin(**parameters)["Snapshots"]


def tags_of(home, resource):
    found = home.describe_tags(Filters=[{"Name": "resource-id", "Values": [resource]}])["Tags"]
    return {tag["Key"]: tag["Value"] for tag in found}
