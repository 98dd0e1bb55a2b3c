"""A synthesized CDK app (cdk.out), and its deployment as the CDK CLI would do it, in process."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.cloudformation.assets import content
from sandbox.cloudformation.errors import DeploymentError
from sandbox.cloudformation.template import in_order
from sandbox.gateway import ADMINISTRATOR, ApiError, Gateway

QUALIFIER = "hnb659fds"
BOOTSTRAP_VERSION = "30"
GOOD = {"CREATE_COMPLETE", "UPDATE_COMPLETE"}


@dataclass(frozen=True)
class StackArtifact:
    """A stack of the app: where it goes, and the files that describe it."""

    id: str
    name: str
    region: str
    template: Path
    assets: tuple[Path, ...]
    needs: tuple[str, ...]
    is_protected: bool
    tags: dict[str, str]


class Assembly:
    """A cdk.out folder."""

    def __init__(self, folder: Path) -> None:
        """Read its manifest. Raises FileNotFoundError."""
        self._folder = folder
        self._artifacts: dict[str, dict[str, Any]] = json.loads((folder / "manifest.json").read_text()).get("artifacts", {})

    def stacks(self) -> list[StackArtifact]:
        """Its stacks, each after those it depends on."""
        found = {name: one for name, one in self._artifacts.items() if one["type"] == "aws:cloudformation:stack"}
        order = in_order(
            {name: {"DependsOn": [need for need in one.get("dependencies", []) if need in found]} for name, one in found.items()}
        )
        return [self._stack(name, found[name]) for name in order]

    def deploy(self, gateway: Gateway) -> None:
        """Bootstrap the regions, upload the assets, create or update the stacks. Raises DeploymentError at the first stack that fails."""
        for stack in self.stacks():
            bootstrap(gateway, stack.region)
            for manifest in stack.assets:
                self._upload(gateway, stack, manifest)
            _apply(gateway, stack)

    def _stack(self, name: str, artifact: dict[str, Any]) -> StackArtifact:
        settings = artifact.get("properties", {})
        region = artifact["environment"].rsplit("/", 1)[-1]
        if region == "unknown-region":
            raise DeploymentError(f"{name}: the stack names no region, and the sandbox has no default one")
        needs = tuple(artifact.get("dependencies", ()))
        assets = tuple(
            self._folder / self._artifacts[need]["properties"]["file"]
            for need in needs
            if self._artifacts[need]["type"] == "cdk:asset-manifest"
        )
        template = self._folder / settings["templateFile"]
        return StackArtifact(
            name,
            settings.get("stackName", name),
            region,
            template,
            assets,
            needs,
            settings.get("terminationProtection", False),
            settings.get("tags", {}),
        )

    def _upload(self, gateway: Gateway, stack: StackArtifact, manifest: Path) -> None:
        layers = set(_layer_keys(stack.template))
        for asset in json.loads(manifest.read_text()).get("files", {}).values():
            source = self._folder / asset["source"]["path"]
            for destination in asset["destinations"].values():
                bucket, key = (_filled(destination[name], gateway.account, stack.region) for name in ("bucketName", "objectKey"))
                if not _is_there(gateway, stack.region, bucket, key):
                    body = content(source, asset["source"].get("packaging", "file"), key, marker=key in layers)
                    gateway.call("s3", "PutObject", stack.region, {"Bucket": bucket, "Key": key, "Body": body})


def bootstrap(gateway: Gateway, region: str) -> None:
    """What `cdk bootstrap` leaves in a region that a deployment needs: the assets' bucket and the version. Again is no error."""
    bucket = f"cdk-{QUALIFIER}-assets-{gateway.account}-{region}"
    if not _answers(gateway, "s3", "HeadBucket", region, {"Bucket": bucket}):
        place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        gateway.call("s3", "CreateBucket", region, {"Bucket": bucket} | place)
    version = {"Name": f"/cdk-bootstrap/{QUALIFIER}/version", "Type": "String", "Value": BOOTSTRAP_VERSION, "Overwrite": True}
    gateway.call("ssm", "PutParameter", region, version)


def _apply(gateway: Gateway, stack: StackArtifact) -> None:
    given = {
        "StackName": stack.name,
        "TemplateBody": stack.template.read_text(),
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
        "Tags": [{"Key": key, "Value": value} for key, value in stack.tags.items()],
    }
    exists = _answers(gateway, "cloudformation", "DescribeStacks", stack.region, {"StackName": stack.name})
    try:
        gateway.call("cloudformation", "UpdateStack" if exists else "CreateStack", stack.region, given, ADMINISTRATOR)
    except ApiError as error:
        if "No updates are to be performed" not in error.message:
            raise DeploymentError(f"{stack.name} in {stack.region}: {error}") from error
    _must_be_good(gateway, stack)
    protection = {"StackName": stack.name, "EnableTerminationProtection": stack.is_protected}
    gateway.call("cloudformation", "UpdateTerminationProtection", stack.region, protection)


def _must_be_good(gateway: Gateway, stack: StackArtifact) -> None:
    [found] = gateway.call("cloudformation", "DescribeStacks", stack.region, {"StackName": stack.name})["Stacks"]
    if found["StackStatus"] in GOOD:
        return
    events = gateway.call("cloudformation", "DescribeStackEvents", stack.region, {"StackName": stack.name})["StackEvents"]
    lines = [
        f"  {one['LogicalResourceId']} ({one['ResourceType']}) {one['ResourceStatus']}: {one.get('ResourceStatusReason', '')}"
        for one in reversed(events)
    ]
    raise DeploymentError("\n".join((f"{stack.name} in {stack.region} is {found['StackStatus']}:", *lines)))


def _answers(gateway: Gateway, service: str, operation: str, region: str, parameters: dict[str, Any]) -> bool:
    try:
        gateway.call(service, operation, region, parameters)
    except ApiError:
        return False
    return True


def _is_there(gateway: Gateway, region: str, bucket: str, key: str) -> bool:
    return _answers(gateway, "s3", "HeadObject", region, {"Bucket": bucket, "Key": key})


def _filled(text: str, account: str, region: str) -> str:
    return text.replace("${AWS::AccountId}", account).replace("${AWS::Region}", region).replace("${AWS::Partition}", "aws")


def _layer_keys(template: Path) -> Iterator[str]:
    for resource in json.loads(template.read_text()).get("Resources", {}).values():
        if resource["Type"] == "AWS::Lambda::LayerVersion":
            yield str(resource["Properties"]["Content"]["S3Key"])
