"""A served sandbox with some images in it, and the ways to Cloud Custodian and the AWS CLI."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests import served

HOME, RECOVERY = "ap-south-1", "eu-west-1"
AWS = Path(sys.executable).with_name("aws")
CUSTODIAN = served.ROOT / ".cache" / "c7n" / "bin" / "custodian"


@pytest.fixture(scope="package")
def up():
    """It begins some time ago: Custodian judges ages by the world's clock."""
    began = datetime.now(UTC) - timedelta(days=50)
    with served.sandbox("--still", "--in-process", "--start", began.isoformat()) as (remote, environment):
        yield remote, environment
        served.assert_only_what_is_promised(remote)


@pytest.fixture
def tag(request):
    """The value of the tag `kept-by` on this test's images."""
    return request.node.name


@pytest.fixture
def remote(up):
    return up[0]


@pytest.fixture
def home(remote):
    return remote.client("ec2", HOME)


@pytest.fixture
def recovery(remote):
    return remote.client("ec2", RECOVERY)


@pytest.fixture
def custodian(up, tag, tmp_path):
    """Run a policy of Cloud Custodian's on this test's images: gives the ids of those it took; `fails` says with which error it is to stop."""
    assert CUSTODIAN.exists(), "Cloud Custodian is missing: run make peers"

    def custodian(*filters, fails=None, **policy):
        policy["filters"] = [{"tag:kept-by": tag}, *filters]
        file = tmp_path / "policy.yml"
        file.write_text(json.dumps({"policies": [{"name": "ours", "resource": "aws.ami", **policy}]}))
        line = [CUSTODIAN, "run", "--region", HOME, "--cache-period", "0", "--output-dir", tmp_path, file]
        found = subprocess.run(line, env=up[1], capture_output=True, text=True, timeout=60, check=False)
        assert (found.returncode != 0) == bool(fails), found.stderr
        assert (fails or "") in found.stderr
        return {one["ImageId"] for one in json.loads((tmp_path / "ours" / "resources.json").read_text())}

    return custodian


@pytest.fixture
def aws(up):
    """Run the AWS CLI: gives what it answers; `fails` says with which error it is to be refused."""

    def aws(*arguments, fails=None):
        line = [AWS, *arguments, "--output", "json"]
        found = subprocess.run(line, env=up[1], capture_output=True, text=True, timeout=60, check=False)
        assert (found.returncode != 0) == bool(fails), found.stderr
        assert (fails or "") in found.stderr
        return json.loads(found.stdout) if found.stdout.strip() else None

    return aws


@pytest.fixture
def launch(remote, home):
    """Launch an instance and let it run: gives its id."""

    def launch(image="ami-0linux"):
        made = home.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
        remote.run_for(timedelta(minutes=3))
        return made

    return launch


@pytest.fixture
def take(remote, home, tag):
    """Create images of an instance, one after the other, and let them become available: gives their ids."""

    def take(instance, *names):
        made = []
        for name in names:
            tags = [{"ResourceType": kind, "Tags": [{"Key": "kept-by", "Value": tag}]} for kind in ("image", "snapshot")]
            request = {"InstanceId": instance, "Name": f"{tag} {name}", "Description": name, "NoReboot": True, "TagSpecifications": tags}
            made.append(home.create_image(**request)["ImageId"])
            remote.run_for(timedelta(hours=1))
        return made

    return take


@pytest.fixture
def image_of():
    """An image as DescribeImages shows it, by id; None if it is not there."""

    def image_of(client, image):
        found = client.describe_images(Filters=[{"Name": "image-id", "Values": [image]}], IncludeDisabled=True)["Images"]
        return found[0] if found else None

    return image_of


@pytest.fixture
def snapshots_of():
    """The ids of an image's snapshots, as it shows them."""
    return lambda image: [mapping["Ebs"]["SnapshotId"] for mapping in image["BlockDeviceMappings"] if "Ebs" in mapping]
