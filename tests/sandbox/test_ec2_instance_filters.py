"""EC2 API reference: the filters of DescribeInstances, DescribeInstanceStatus and DescribeInstanceImageMetadata."""

import re
from datetime import timedelta

import pytest
from botocore.session import get_session

pytestmark = pytest.mark.facts("11.5")

OF_TAGS = {"tag:&lt;key&gt;", "tag-key"}


def documented(operation):
    """The filters that the service model's documentation lists."""
    model = get_session().get_service_model("ec2").operation_model(operation).input_shape.members["Filters"]
    return sorted(set(re.findall(r"<li>\s*<p>\s*<code>([^<]+)</code>", model.documentation)) - OF_TAGS)


@pytest.mark.parametrize(
    ("operation", "call", "least"),
    [
        ("DescribeInstances", "describe_instances", 120),
        ("DescribeInstanceStatus", "describe_instance_status", 15),
        ("DescribeInstanceImageMetadata", "describe_instance_image_metadata", 8),
    ],
)
def test_every_documented_filter_is_known(home, launch, operation, call, least):
    launch()
    names = documented(operation)
    assert len(names) >= least
    for name in names:
        assert "NextToken" not in getattr(home, call)(Filters=[{"Name": name, "Values": ["no such value"]}])


@pytest.fixture
def instances(sandbox, home, launch):
    """A running web server, and a terminated Windows spot instance, by what they are."""
    profile = {"Arn": "arn:aws:iam::123456789012:instance-profile/web"}
    data = [{"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 9, "DeleteOnTermination": False}}]
    web = launch(
        InstanceType="m7i.large",
        KeyName="mine",
        IamInstanceProfile=profile,
        EbsOptimized=True,
        Monitoring={"Enabled": True},
        MetadataOptions={"HttpTokens": "optional"},
        ClientToken="abc",
        BlockDeviceMappings=data,
        Placement={"Tenancy": "dedicated"},
    )
    gone = launch("ami-0windows", InstanceMarketOptions={"MarketType": "spot"})
    home.terminate_instances(InstanceIds=[gone])
    sandbox.clock.run_for(timedelta(minutes=1))
    return {web: "web", gone: "gone"}


FOUND = [
    ("architecture", "x86_64", "web gone"),
    ("availability-zone", "ap-south-1a", "web gone"),
    ("availability-zone-id", "aps1-az1", "web gone"),
    ("block-device-mapping.attach-time", "2027-03-01T*", "web"),
    ("block-device-mapping.delete-on-termination", "false", "web"),
    ("block-device-mapping.device-name", "/dev/sdf", "web"),
    ("block-device-mapping.status", "attached", "web"),
    ("block-device-mapping.volume-id", "vol-*", "web"),
    ("client-token", "abc", "web"),
    ("ebs-optimized", "true", "web"),
    ("hypervisor", "xen", "web gone"),
    ("iam-instance-profile.arn", "*/web", "web"),
    ("image-id", "ami-0windows", "gone"),
    ("instance-lifecycle", "spot", "gone"),
    ("instance-state-code", "48", "gone"),
    ("instance-state-name", "running", "web"),
    ("instance-type", "m7i.*", "web"),
    ("instance.group-name", "default", "web"),
    ("key-name", "mine", "web"),
    ("launch-index", "0", "web gone"),
    ("launch-time", "2027-03-01T12:00:00.000Z", "web"),
    ("metadata-options.http-tokens", "optional", "web"),
    ("metadata-options.http-put-response-hop-limit", "2", "web gone"),
    ("monitoring-state", "enabled", "web"),
    ("network-interface.addresses.private-ip-address", "172.31.0.4", "web"),
    ("network-interface.status", "in-use", "web"),
    ("operator.managed", "false", "web gone"),
    ("owner-id", "123456789012", "web gone"),
    ("platform", "windows", "gone"),
    ("platform-details", "Linux/UNIX", "web"),
    ("private-dns-name", "ip-172-31-0-4.*", "web"),
    ("private-ip-address", "172.31.0.4", "web"),
    ("reason", "User initiated*", "gone"),
    ("root-device-name", "/dev/xvda", "web"),
    ("root-device-type", "ebs", "web gone"),
    ("source-dest-check", "true", "web"),
    ("spot-instance-request-id", "sir-*", "gone"),
    ("state-reason-code", "Client.UserInitiatedShutdown", "gone"),
    ("tenancy", "dedicated", "web"),
    ("usage-operation", "RunInstances:0002", "gone"),
    ("virtualization-type", "hvm", "web gone"),
    ("vpc-id", "vpc-*", "web"),
    ("ip-address", "*", ""),
]


def test_filters_of_instances(home, instances):
    def found(name, value):
        shown = home.describe_instances(Filters=[{"Name": name, "Values": [value]}])["Reservations"]
        return " ".join(instances[each["InstanceId"]] for one in shown for each in one["Instances"])

    assert [(name, value, found(name, value)) for name, value, _ in FOUND] == FOUND


COUNTED = [
    ("instance-status.status", "ok", 1),
    ("instance-status.reachability", "initializing", 1),
    ("system-status.status", "impaired", 0),
    ("instance-state-code", "16", 2),
    ("event.code", "instance-stop", 0),
]


def test_filters_of_status(sandbox, home, launch):
    launch()
    sandbox.clock.run_for(timedelta(minutes=5))
    launch()

    def count(name, value):
        return len(home.describe_instance_status(Filters=[{"Name": name, "Values": [value]}])["InstanceStatuses"])

    assert [(name, value, count(name, value)) for name, value, _ in COUNTED] == COUNTED


def test_status_is_asked_for_by_100_ids_at_most_and_not_in_pages_of_them(home, launch, refused):
    with refused("InvalidParameterValue"):
        home.describe_instance_status(InstanceIds=[f"i-{number:017x}" for number in range(101)])
    with refused("InvalidParameterCombination"):
        home.describe_instance_status(InstanceIds=[launch()], MaxResults=5)
