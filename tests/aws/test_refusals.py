"""What EC2's refusals mean."""

import pytest
from botocore.exceptions import ClientError

from functions.aws import refusals


@pytest.mark.parametrize(
    ("code", "message", "status", "reason"),
    [
        ("OptInRequired", "In order to use this AWS Marketplace product you need to accept terms and subscribe.", "failed", "marketplace"),
        ("InvalidRequest", "Images from AWS Marketplace cannot be copied to another AWS account", "failed", "marketplace"),
        ("NonEBSInstance", "The instance does not have an EBS root device.", "skipped", "instance_store_root"),
        ("UnsupportedOperation", "The instance does not have an 'ebs' root device type.", "skipped", "instance_store_root"),
        (
            "TagPolicyViolation",
            "The tag policy does not allow the specified value for the following tag key: 'CostCenter'.",
            "failed",
            "tag_policy",
        ),
        ("CustomerKeyHasBeenRevoked", "The customer KMS key cannot be accessed.", "failed", "key_refused"),
        ("InvalidBlockDeviceMapping", "Invalid device name.", "failed", "volumes_refused"),
        ("IncorrectState", "The instance is not in a state from which an image can be created.", "deferred", "instance_state"),
    ],
)
def test_what_ec2_refuses_has_a_reason_of_its_own(code, message, status, reason):
    fault = ClientError({"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 400}}, "CreateImage")
    found = refusals.outcome(fault)
    assert (found.status, found.reason) == (status, reason)
