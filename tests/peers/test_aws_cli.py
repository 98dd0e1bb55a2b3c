"""The AWS CLI on the sandbox: an image's life from its copy to the Recycle Bin and back, step by step."""

from datetime import timedelta

import pytest


@pytest.mark.facts("1.3", "1.6", "1.9", "1.14")
def test_an_images_life(remote, home, aws, launch, take, image_of, snapshots_of):
    [image] = take(launch(), "web")
    copied(remote, aws, image)
    disabled(aws, image)
    deregistered(remote, aws, image, snapshots_of(image_of(home, image)))


def copied(remote, aws, image):
    request = ("ec2", "copy-image", "--region", "eu-west-1", "--source-region", "ap-south-1", "--source-image-id", image, "--name", "cli")
    copy = aws(*request, "--encrypted", "--copy-image-tags", "--client-token", "one")["ImageId"]
    assert aws(*request, "--encrypted", "--copy-image-tags", "--client-token", "one")["ImageId"] == copy
    aws(*request, "--no-encrypted", "--copy-image-tags", "--client-token", "one", fails="IdempotentParameterMismatch")
    remote.run_for(timedelta(hours=1))
    [found] = aws("ec2", "describe-images", "--region", "eu-west-1", "--filters", f"Name=source-image-id,Values={image}")["Images"]
    assert (found["ImageId"], found["State"]) == (copy, "available")
    assert found["Tags"] == [{"Key": "kept-by", "Value": "test_an_images_life"}]
    assert found["BlockDeviceMappings"][0]["Ebs"]["Encrypted"] is True


def disabled(aws, image):
    assert aws("ec2", "disable-image", "--image-id", image) == {"Return": True}
    assert aws("ec2", "describe-images", "--filters", f"Name=image-id,Values={image}")["Images"] == []
    [found] = aws("ec2", "describe-images", "--include-disabled", "--filters", f"Name=image-id,Values={image}")["Images"]
    assert (found["ImageId"], found["State"]) == (image, "disabled")


def deregistered(remote, aws, image, snapshots):
    for kind in ("EC2_IMAGE", "EBS_SNAPSHOT"):
        aws("rbin", "create-rule", "--resource-type", kind, "--retention-period", "RetentionPeriodValue=7,RetentionPeriodUnit=DAYS")
    remote.run_for(timedelta(hours=1))
    answer = aws("ec2", "deregister-image", "--image-id", image, "--delete-associated-snapshots")
    assert answer["Return"] is True
    assert {one["SnapshotId"]: one["ReturnCode"] for one in answer["DeleteSnapshotResults"]} == dict.fromkeys(snapshots, "success")
    remote.run_for(timedelta(minutes=1))
    [binned] = aws("ec2", "list-images-in-recycle-bin", "--image-ids", image)["Images"]
    assert (binned["ImageId"], binned["Name"]) == (image, "test_an_images_life web")
    for snapshot in snapshots:
        assert aws("ec2", "restore-snapshot-from-recycle-bin", "--snapshot-id", snapshot)["SnapshotId"] == snapshot
    aws("ec2", "restore-image-from-recycle-bin", "--image-id", image, fails="IncorrectState")
    remote.run_for(timedelta(minutes=1))
    assert aws("ec2", "restore-image-from-recycle-bin", "--image-id", image) == {"Return": True}
    remote.run_for(timedelta(minutes=1))
    [found] = aws("ec2", "describe-images", "--image-ids", image, "--include-disabled")["Images"]
    assert found["Name"] == "test_an_images_life web"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("ec2", "describe-images", "--image-ids", "ami-0123456789abcdef0"), "InvalidAMIID.NotFound"),
        (("dlm", "get-lifecycle-policies"), "The sandbox does not have GetLifecyclePolicies of dlm."),
    ],
)
def test_what_it_is_told(aws, arguments, error):
    aws(*arguments, fails=error)
