"""The demo's fleet: what an account usually has, mistakes included."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from demo.account import HOME, POLICY, TAG_KEY

LINUX, WINDOWS, INSTANCE_STORE = "ami-0linux", "ami-0windows", "ami-0instancestore"
DATA_VOLUMES = ("/dev/sdf", 40), ("/dev/sdg", 20)
"""The database's, in GiB."""


@dataclass(frozen=True)
class Instance:
    """One instance of the fleet. `tag` is its Backup tag, None while it has none; `id` is EC2's once it is launched."""

    name: str
    what: str
    image: str = LINUX
    tag: str | None = POLICY
    has_data: bool = False
    id: str = ""

    @property
    def is_wanted(self) -> bool:
        """Whether its nights are to be imaged: tagged with the policy, and on EBS."""
        return self.tag == POLICY and self.image != INSTANCE_STORE


ONE_OF_EACH = (
    Instance("database", "Linux, three volumes, data under the customer's own key", has_data=True),
    Instance("files", "Windows", image=WINDOWS),
    Instance("render", "root volume on instance store", image=INSTANCE_STORE),
    Instance("scratch", "opted out", tag="off"),
    Instance("intranet", "policy misspelt", tag="nihgtly"),
    Instance("reports", "nobody has tagged it yet", tag=None),
)
SMALLEST = len(ONE_OF_EACH) + 1
"""One of each, and a web server."""


def launch(ec2: Any, size: int, data_key: str) -> list[Instance]:
    """Launch `size` instances: one of each kind, the rest web servers. The database's data is encrypted under `data_key`."""
    web = Instance("web", "Linux")
    return [
        *(replace(instance, id=found) for instance in ONE_OF_EACH for found in _run(ec2, instance, 1, data_key)),
        *(replace(web, id=found) for found in _run(ec2, web, size - len(ONE_OF_EACH), data_key)),
    ]


def tag(ec2: Any, instance: Instance) -> Instance:
    """Tag an instance with the policy."""
    ec2.create_tags(Resources=[instance.id], Tags=[{"Key": TAG_KEY, "Value": POLICY}])
    return replace(instance, tag=POLICY)


def _run(ec2: Any, instance: Instance, count: int, data_key: str) -> Iterator[str]:
    tags = {"Name": instance.name} | ({TAG_KEY: instance.tag} if instance.tag else {})
    made = ec2.run_instances(
        ImageId=instance.image,
        InstanceType="t3.medium",
        MinCount=count,
        MaxCount=count,
        BlockDeviceMappings=_data(data_key) if instance.has_data else [],
        TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}],
    )
    yield from (each["InstanceId"] for each in made["Instances"])


def _data(key: str) -> list[dict[str, Any]]:
    return [
        {"DeviceName": device, "Ebs": {"VolumeSize": size, "VolumeType": "gp3", "Encrypted": True, "KmsKeyId": key}}
        for device, size in DATA_VOLUMES
    ]


def describe(size: int) -> str:
    """The fleet in a line."""
    return f"{size} instances in {HOME}, {size - len(ONE_OF_EACH)} of them web servers"
