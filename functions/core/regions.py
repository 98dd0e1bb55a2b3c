"""The regions that Nightkeep knows: those of AWS's commercial partition.

The names are botocore's `Session().get_available_regions("ec2", "aws")`, the pattern is its `regionRegex` of that partition in
`endpoints.json`; they stand here as data since this package does without boto3, and a test compares both with the installed botocore.
"""

import re

PATTERN = r"^(us|eu|ap|sa|ca|me|af|il|mx)\-\w+\-\d+$"

NAMES = (
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
)
"""Every region, in the order of their names."""


def looks_like_one(name: str) -> bool:
    """Whether `name` has the form of a region of this partition, known or not yet."""
    return re.match(PATTERN, name) is not None
