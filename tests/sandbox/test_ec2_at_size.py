"""At 10,000 instances and with many images: pages and filters give all of it once, and what is asked for by id or tag is looked at alone."""

from datetime import timedelta

import pytest

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


@pytest.fixture
def counted(sandbox):
    """Let the region's records of a kind count from now on what is looked at."""

    def counted(kind):
        region = sandbox.ec2.store.region(HOME)
        records = Counted(getattr(region, kind))
        setattr(region, kind, records)
        return records

    return counted


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
    assert [each for page in found for each in page] == fleet + web
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
    assert [each["InstanceId"] for each in status] == web


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
