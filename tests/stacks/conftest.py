"""The templates under test, with everything that CloudFormation would fill in filled in."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ACCOUNT = "123456789012"

CONFIG = """
home_region = "ap-south-1"
notify = ["ops@example.com", "night@example.com"]
keys = { us-east-1 = "alias/dr" }

[policies.nightly]
schedule = "cron(0 2 * * ? *)"
timezone = "Asia/Kolkata"
flexible_start = "15 minutes"
window = "6 hours"
copy_to = ["eu-west-1", "us-east-1"]

[policies.weekly]
schedule = "cron(0 3 ? * SUN *)"
window = "8 hours"
"""

LOCAL = """
home_region = "eu-west-1"
[policies.daily]
schedule = "cron(0 2 * * ? *)"
"""


@dataclass(frozen=True)
class Template:
    """One stack's resources, by logical id; references read as the ARN or name they will have."""

    region: str
    resources: dict[str, dict[str, Any]]

    def all(self, kind: str) -> dict[str, dict[str, Any]]:
        return {id_: resource for id_, resource in self.resources.items() if resource["Type"] == f"AWS::{kind}"}

    def named(self, kind: str, key: str) -> dict[str, dict[str, Any]]:
        """The properties of the resources of `kind`, by the value of their property `key`."""
        found = [resource["Properties"] for resource in self.all(kind).values()]
        return {properties[key]: properties for properties in found}

    def statements(self, role: str) -> Iterator[dict[str, Any]]:
        """The statements of `role`, with lists for actions and resources."""
        (policy,) = self.named("IAM::Role", "RoleName")[role]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]:
            yield {**statement, "Action": listed(statement["Action"]), "Resource": listed(statement["Resource"])}


def listed(value):
    return value if isinstance(value, list) else [value]


@pytest.fixture(scope="session")
def assembly(synthesize) -> Path:
    return synthesize(CONFIG)


@pytest.fixture(scope="session")
def home(assembly) -> Template:
    return read(assembly, "Nightkeep-ap-south-1", "ap-south-1")


@pytest.fixture(scope="session", params=["eu-west-1", "us-east-1"])
def recovery(assembly, request) -> Template:
    return read(assembly, f"Nightkeep-ap-south-1-recovery-{request.param}", request.param)


@pytest.fixture(scope="session", params=["home", "recovery"])
def stack(assembly, request) -> Template:
    recovery = read(assembly, "Nightkeep-ap-south-1-recovery-eu-west-1", "eu-west-1")
    return read(assembly, "Nightkeep-ap-south-1", "ap-south-1") if request.param == "home" else recovery


@pytest.fixture(scope="session")
def local_assembly(synthesize) -> Path:
    """A deployment with one policy, no recovery region and nobody to notify."""
    return synthesize(LOCAL)


@pytest.fixture(scope="session")
def read_template():
    return read


def read(assembly: Path, stack: str, region: str) -> Template:
    raw = json.loads((assembly / f"{stack}.template.json").read_text())["Resources"]
    return Template(region, {id_: _fill(resource, raw, region) for id_, resource in raw.items()})


def _fill(value: Any, raw: dict[str, Any], region: str) -> Any:
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), "QueueName"]}:
            return _reference(name, raw, region)
        case {"Fn::GetAtt": [str(name), "Arn"]}:
            return _arn(name, raw, region)
        case {"Fn::Join": [str(glue), list(parts)]}:
            return glue.join(_fill(part, raw, region) for part in parts)
        case dict():
            return {key: _fill(each, raw, region) for key, each in value.items()}
        case list():
            return [_fill(each, raw, region) for each in value]
    return value


def _reference(name: str, raw: dict[str, Any], region: str) -> str:
    pseudo = {
        "AWS::Partition": "aws",
        "AWS::AccountId": ACCOUNT,
        "AWS::Region": region,
        "AWS::URLSuffix": "amazonaws.com",
        "AWS::StackId": "the-stack",
    }
    if name in pseudo:
        return pseudo[name]
    properties = raw[name].get("Properties", {})
    keys = ("QueueName", "FunctionName", "RoleName", "TopicName", "LogGroupName", "Name", "BucketNamePrefix")
    return next((properties[key] for key in keys if key in properties), name)


def _arn(name: str, raw: dict[str, Any], region: str) -> str:
    service = raw[name]["Type"].split("::")[1].lower()
    kind = {"lambda": "function:", "iam": "role/", "events": "rule/", "kms": "key/"}.get(service, "")
    return f"arn:aws:{service}:{region}:{ACCOUNT}:{kind}{_reference(name, raw, region)}"
