from datetime import timedelta

import pytest

from sandbox.gateway import ApiError

pytestmark = pytest.mark.facts("4.1", "4.4")


@pytest.fixture
def call(sandbox, taker):
    """Make an EC2 call as a role; the error's code, or None."""

    def call(operation, region="ap-south-1", **parameters):
        try:
            sandbox.gateway.call("ec2", operation, region, parameters, taker)
        except ApiError as error:
            return error.code
        return None

    return call


def test_a_refusal_counts_down(sandbox, call):
    sandbox.faults.refuse("ec2", "DescribeImages", "ap-south-1", "InternalError", times=2)
    assert [call("DescribeImages") for _ in range(3)] == ["InternalError", "InternalError", None]


def test_a_refusal_ends_at_its_time(sandbox, call):
    now = sandbox.clock.now()
    sandbox.faults.refuse("ec2", None, None, "Unavailable", between=(now, now + timedelta(minutes=5)))
    assert call("DescribeImages") == "Unavailable"
    sandbox.clock.run_for(timedelta(minutes=5))
    assert call("DescribeImages") is None


def test_a_refusal_is_for_its_operation_and_region_only(sandbox, call):
    sandbox.faults.refuse("ec2", "DescribeImages", "ap-south-1", "InternalError")
    assert call("DescribeImages", "eu-west-1") is None
    assert call("DescribeVolumes") is None


def test_clearing_ends_all_faults(sandbox, call):
    sandbox.faults.refuse("ec2", None, None, "InternalError")
    sandbox.faults.clear()
    assert call("DescribeImages") is None


def test_reading_has_a_bucket_of_100_per_action(call):
    """EC2 request throttling: each API is evaluated individually."""
    answers = [call("DescribeImages") for _ in range(101)]
    assert answers == [None] * 100 + ["RequestLimitExceeded"]
    assert call("DescribeTags") is None


def test_reading_all_has_a_smaller_bucket(call):
    """EC2 request throttling: unfiltered and unpaginated describes."""
    assert [call("DescribeInstances") for _ in range(51)][-1] == "RequestLimitExceeded"
    assert call("DescribeInstances", InstanceIds=["i-0123456789abcdef0"]) == "RequestLimitExceeded", "ids alone narrow nothing"
    assert call("DescribeInstances", MaxResults=1000) is None
    assert call("DescribeInstances", Filters=[{"Name": "instance-state-name", "Values": ["running"]}]) is None


def test_a_bucket_refills_on_the_clock(sandbox, call):
    for _ in range(101):
        call("DescribeImages")
    sandbox.clock.run_for(timedelta(seconds=1))
    assert [call("DescribeImages") for _ in range(21)] == [None] * 20 + ["RequestLimitExceeded"]


def test_copying_refills_one_a_second(sandbox, call):
    """EC2 request throttling: CopyImage has a bucket of 100, and a token a second."""
    asked = {"SourceRegion": "eu-west-1", "SourceImageId": "ami-0none", "Name": "copy"}
    answers = [call("CopyImage", **asked) for _ in range(101)]
    assert answers == ["InvalidAMIID.NotFound"] * 100 + ["RequestLimitExceeded"]
    sandbox.clock.run_for(timedelta(seconds=1))
    assert [call("CopyImage", **asked) for _ in range(2)] == ["InvalidAMIID.NotFound", "RequestLimitExceeded"]


READING, CHANGING, CREATING = (100, 20), (50, 5), (100, 5)
BUCKETS = {
    **dict.fromkeys(("DescribeImages", "DescribeImageReferences", "ListImagesInRecycleBin", "GetEbsEncryptionByDefault"), READING),
    **dict.fromkeys(("DescribeInstances", "DescribeSnapshots", "DescribeVolumes"), (50, 10)),
    **dict.fromkeys(("CreateImage", "DisableImage", "EnableImage", "EnableImageDeprecation", "CopySnapshot", "LockSnapshot"), CHANGING),
    **dict.fromkeys(("RestoreImageFromRecycleBin", "RestoreSnapshotFromRecycleBin"), CHANGING),
    "CopyImage": (100, 1),
    **dict.fromkeys(("DeregisterImage", "CreateSnapshot", "CreateSnapshots", "DeleteSnapshot"), CREATING),
    **dict.fromkeys(("ModifyImageAttribute", "ModifySnapshotAttribute"), CREATING),
    **dict.fromkeys(("CreateTags", "DeleteTags"), (100, 10)),
    **dict.fromkeys(("EnableImageBlockPublicAccess", "DisableImageBlockPublicAccess"), (1, 0.1)),
    "RunInstances": (5, 2),
}
"""EC2 request throttling: how many calls at once, and how many more a second, of what is there; none is narrowed."""


@pytest.mark.parametrize("operation", BUCKETS)
def test_the_documented_buckets(sandbox, call, operation):
    bucket, refill = BUCKETS[operation]

    def taken(most):
        """How many calls get a token before one is refused."""
        return next(number for number in range(most + 1) if call(operation) == "RequestLimitExceeded")

    assert taken(bucket) == bucket
    sandbox.clock.run_for(timedelta(seconds=10))
    gained = min(bucket, round(10 * refill))
    assert taken(gained) == gained


def test_regions_have_buckets_of_their_own(call):
    for _ in range(101):
        call("DescribeImages")
    assert call("DescribeImages", "eu-west-1") is None


def test_the_administrator_is_spared(sandbox):
    for _ in range(101):
        sandbox.gateway.call("ec2", "DescribeImages", "ap-south-1", {})


def test_throttling_can_be_turned_off(sandbox, call):
    sandbox.throttle.enabled = False
    assert {call("DescribeImages") for _ in range(200)} == {None}


def test_throttling_answers_503(sandbox):
    sandbox.faults.refuse("ec2", None, None, "RequestLimitExceeded")
    with pytest.raises(ApiError) as caught:
        sandbox.gateway.call("ec2", "DescribeImages", "ap-south-1", {})
    assert caught.value.status == 503
