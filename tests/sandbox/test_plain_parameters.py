"""Parameters that go without HTTP are such as botocore takes: it does not look at them again."""

import pytest
from botocore.validate import ParamValidator
from moto.core.utils import get_service_model

from sandbox.plain_parameters import copied

pytestmark = pytest.mark.own

DAYS = {"RetentionPeriodValue": 7, "RetentionPeriodUnit": "DAYS"}
COPY = {"Name": "abc", "SourceImageId": "ami-1", "SourceRegion": "eu-west-1"}
RULE = {"ResourceType": "EC2_IMAGE", "RetentionPeriod": DAYS}
LOCK = {"Identifier": "a", "LockConfiguration": {"UnlockDelay": {"UnlockDelayValue": 7, "UnlockDelayUnit": "DAYS"}}}
RIGHT = {
    "ec2 CopyImage": COPY,
    "ec2 CreateTags": {"Resources": ["ami-1"], "Tags": [{"Key": "a", "Value": "ü"}]},
    "ec2 DescribeImageReferences": {"ImageIds": ["ami-1"], "MaxResults": 5, "IncludeAllResourceTypes": False},
    "rbin CreateRule": RULE,
    "rbin LockRule": LOCK,
}
REFUSED = [
    ("ec2 CopyImage", {}),
    ("ec2 CopyImage", {"Name": "abc", "SourceImageId": "ami-1"}),
    ("ec2 CopyImage", COPY | {"Name": "ab"}),
    ("ec2 CopyImage", COPY | {"Encrypted": "yes"}),
    ("ec2 CopyImage", COPY | {"Colour": "blue"}),
    ("ec2 CreateTags", {"Resources": "ami-1", "Tags": [{"Key": "a"}]}),
    ("ec2 CreateTags", {"Resources": ["ami-1"], "Tags": [{"Key": 1}]}),
    ("ec2 CreateTags", {"Resources": ["ami-1"], "Tags": [{"Name": "a"}]}),
    ("ec2 DescribeImageReferences", {"ImageIds": []}),
    ("ec2 DescribeImageReferences", {"ImageIds": ["ami-1"], "MaxResults": 4}),
    ("ec2 DescribeImageReferences", {"ImageIds": ["ami-1"], "MaxResults": 5.0}),
    ("rbin CreateRule", RULE | {"RetentionPeriod": {"RetentionPeriodValue": 7}}),
    ("rbin CreateRule", RULE | {"RetentionPeriod": DAYS | {"RetentionPeriodValue": 0}}),
    ("rbin CreateRule", RULE | {"Tags": [{"Key": "", "Value": "b"}]}),
    ("rbin CreateRule", RULE | {"ResourceTags": [{"ResourceTagValue": "b"}]}),
    ("rbin LockRule", {"Identifier": "a", "LockConfiguration": {"UnlockDelay": {"UnlockDelayValue": 6, "UnlockDelayUnit": "DAYS"}}}),
]


def shape_of(operation):
    service, name = operation.split()
    return get_service_model(service).operation_model(name).input_shape


@pytest.mark.parametrize("operation", RIGHT)
def test_what_is_right_is_taken_as_it_is(operation):
    assert copied(shape_of(operation), RIGHT[operation]) == RIGHT[operation]


@pytest.mark.parametrize(("operation", "parameters"), REFUSED)
def test_what_botocore_refuses_is_not_taken(operation, parameters):
    assert ParamValidator().validate(parameters, shape_of(operation)).has_errors()
    assert copied(shape_of(operation), parameters) is None
