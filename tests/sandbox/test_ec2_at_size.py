"""At 10,000 instances and with many images: pages and filters give all of it once, and what is asked for by id or tag is looked at alone."""

from datetime import timedelta
from functools import partial

import pytest

from sandbox.account import Sandbox

pytestmark = pytest.mark.facts("1.11")
HOME, FLEET, WEB = "ap-south-1", 10_000, 4


class Counted(dict):
    """Records, and how many of them were looked at."""

    looked = 0

    def __getitem__(self, key):
        self.looked += 1
        return super().__getitem__(key)

    def __contains__(self, key):
        self.looked += 1
        return super().__contains__(key)

    def __iter__(self):
        for key in super().__iter__():
            self.looked += 1
            yield key

    def values(self):
        return [self[key] for key in super().__iter__()]

    def items(self):
        return [(key, self[key]) for key in super().__iter__()]


def counting(sandbox, kind):
    """Let the region's records of a kind count from now on what is looked at."""
    region = sandbox.ec2.store.region(HOME)
    records = Counted(getattr(region, kind))
    setattr(region, kind, records)
    return records


@pytest.fixture
def counted(sandbox):
    """The same of the sandbox that the test has open."""
    return partial(counting, sandbox)


def run(sandbox, number, **tags):
    """So many instances, and running. Without the wire: that is not what is tested."""
    specifications = [{"ResourceType": "instance", "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}] if tags else []
    asked = {
        "ImageId": "ami-0linux",
        "InstanceType": "t3.micro",
        "MinCount": number,
        "MaxCount": number,
        "TagSpecifications": specifications,
    }
    made = sandbox.gateway.call("ec2", "RunInstances", HOME, asked)
    sandbox.clock.run_for(timedelta(minutes=1))
    return [each["InstanceId"] for each in made["Instances"]]


def pages(sandbox, **asked):
    """The instances of each page, and when it was asked for how many records had been looked at."""
    token = {}
    while token is not None:
        page = sandbox.gateway.call("ec2", "DescribeInstances", HOME, asked | token)
        yield [each["InstanceId"] for one in page["Reservations"] for each in one["Instances"]]
        token = {"NextToken": page["NextToken"]} if page.get("NextToken") else None


def test_ten_thousand_instances(sandbox, home, counted):
    fleet = run(sandbox, FLEET - WEB)
    web = run(sandbox, WEB, Name="web")
    instances = counted("instances")
    found, costs = [], []
    for page in pages(sandbox, Filters=[{"Name": "instance-state-name", "Values": ["running"]}], MaxResults=1000):
        costs.append(instances.looked)
        found.append(page)
    assert [len(page) for page in found] == [1000] * 10
    assert sorted(each for page in found for each in page) == sorted(fleet + web)
    assert costs[-1] - costs[0] < 3 * FLEET, "each page looks at what is on it, not at the rest of the listing"

    def cost(**asked):
        before = instances.looked
        shown = home.describe_instances(**asked)["Reservations"]
        return {each["InstanceId"] for one in shown for each in one["Instances"]}, instances.looked - before < 20 * WEB

    assert cost(InstanceIds=web) == (set(web), True)
    assert cost(Filters=[{"Name": "instance-id", "Values": web}]) == (set(web), True)
    assert cost(Filters=[{"Name": "tag:Name", "Values": ["web"]}, {"Name": "instance-state-name", "Values": ["running"]}]) == (
        set(web),
        True,
    )
    assert cost(InstanceIds=[*web, fleet[0]], Filters=[{"Name": "tag:Name", "Values": ["web"]}]) == (set(web), True)
    assert cost(Filters=[{"Name": "tag:Name", "Values": ["w*"]}]) == (set(web), False), "a pattern is looked for everywhere"
    assert cost(Filters=[{"Name": "instance-state-name", "Values": ["stopped"]}]) == (set(), False)
    status = home.describe_instance_status(InstanceIds=web, IncludeAllInstances=True)["InstanceStatuses"]
    assert {each["InstanceId"] for each in status} == set(web)


def looked_at(sandbox, counted, fleet):
    """With so many images of as many instances: how many images each call looks at."""
    instances = run(sandbox, fleet)
    tags = [{"ResourceType": "image", "Tags": [{"Key": "nightkeep:slot", "Value": "one"}]}]
    for number, instance in enumerate(instances):
        asked = {"InstanceId": instance, "Name": f"image {number}", "NoReboot": True, "TagSpecifications": tags if number < WEB else []}
        sandbox.gateway.call("ec2", "CreateImage", HOME, asked)
        sandbox.clock.run_for(timedelta(minutes=1))
    sandbox.clock.run_for(timedelta(hours=1))
    images = counted("images")
    one, *_ = sorted(images)

    def looks(operation, **asked):
        before = images.looked
        sandbox.gateway.call("ec2", operation, HOME, asked)
        return images.looked - before

    by_tag = [{"Name": "tag:nightkeep:slot", "Values": ["one"]}, {"Name": "state", "Values": ["available"]}]
    return {
        "by id": looks("DescribeImages", ImageIds=[one]),
        "by tag": looks("DescribeImages", Owners=["self"], Filters=by_tag),
        "by name": looks("DescribeImages", Filters=[{"Name": "name", "Values": ["image 3"]}]),
        "CreateImage": looks("CreateImage", InstanceId=instances[0], Name="another"),
        "CreateTags": looks("CreateTags", Resources=[one], Tags=[{"Key": "a", "Value": "b"}]),
        "DisableImage": looks("DisableImage", ImageId=one),
        "DeregisterImage": looks("DeregisterImage", ImageId=one, DeleteAssociatedSnapshots=True),
        "all": looks("DescribeImages", Owners=["self"]),
    }


def test_what_a_call_looks_at_does_not_grow_with_the_images():
    found = {}
    for fleet in (10, 80):
        with Sandbox() as sandbox:
            found[fleet] = looked_at(sandbox, partial(counting, sandbox), fleet)
    assert found[80].pop("all") > found[10].pop("all") * 7, "what looks at all of them is counted so"
    assert found[80] == found[10]


@pytest.mark.parametrize(
    ("kind", "call", "ids"),
    [
        ("images", "describe_images", "ImageIds"),
        ("snapshots", "describe_snapshots", "SnapshotIds"),
        ("volumes", "describe_volumes", "VolumeIds"),
    ],
)
def test_by_id_the_others_are_not_looked_at(sandbox, home, counted, kind, call, ids):
    for number, instance in enumerate(run(sandbox, 60)):
        sandbox.gateway.call("ec2", "CreateImage", HOME, {"InstanceId": instance, "Name": f"image {number}"})
    sandbox.clock.run_for(timedelta(hours=1))
    records = counted(kind)
    wanted = list(records)[7]
    before = records.looked
    assert len(getattr(home, call)(**{ids: [wanted]})[kind.title()]) == 1
    assert records.looked - before < 10
