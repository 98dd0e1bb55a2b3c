"""EC2 API reference: what DescribeInstances does not say of an instance, how it is changed, and what protects it."""

import base64
from datetime import timedelta

import pytest

HOME = "ap-south-1"
pytestmark = pytest.mark.facts("11.6")


def attribute(client, instance, name):
    answer = client.describe_instance_attribute(InstanceId=instance, Attribute=name)
    return answer[name[0].upper() + name[1:]].get("Value")


def state(client, instance):
    return client.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]["State"]["Name"]


@pytest.fixture
def stopped(sandbox, home, launch):
    """A stopped instance."""

    def stopped(**parameters):
        instance = launch(**parameters)
        home.stop_instances(InstanceIds=[instance])
        sandbox.clock.run_for(timedelta(minutes=1))
        return instance

    return stopped


def test_user_data_is_an_attribute_only(home, launch):
    instance = launch(UserData="#!/bin/sh")
    assert base64.b64decode(attribute(home, instance, "userData")) == b"#!/bin/sh"
    assert attribute(home, launch(), "userData") is None
    assert "UserData" not in home.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]


def test_attributes_as_they_are_usually(home, launch):
    instance = launch()
    usual = {
        "disableApiTermination": False,
        "disableApiStop": False,
        "ebsOptimized": False,
        "instanceInitiatedShutdownBehavior": "stop",
        "instanceType": "m1.small",
        "rootDeviceName": "/dev/xvda",
        "sourceDestCheck": True,
    }
    assert {name: attribute(home, instance, name) for name in usual} == usual


def test_attributes_with_parts(home, launch):
    instance = launch()
    devices = home.describe_instance_attribute(InstanceId=instance, Attribute="blockDeviceMapping")["BlockDeviceMappings"]
    assert [(each["DeviceName"], each["Ebs"]["DeleteOnTermination"]) for each in devices] == [("/dev/xvda", True)]
    groups = home.describe_instance_attribute(InstanceId=instance, Attribute="groupSet")["Groups"]
    assert [each["GroupName"] for each in groups] == ["default"]
    for name in ("kernel", "ramdisk", "productCodes", "sriovNetSupport", "enclaveOptions"):
        assert home.describe_instance_attribute(InstanceId=instance, Attribute=name)["InstanceId"] == instance


def test_enhanced_networking_is_not_described_so(home, launch, refused):
    with refused("InvalidParameterValue"):
        home.describe_instance_attribute(InstanceId=launch(), Attribute="enaSupport")


def test_termination_protection(home, launch, refused):
    instance = launch(DisableApiTermination=True)
    with refused("OperationNotPermitted") as caught:
        home.terminate_instances(InstanceIds=[instance])
    assert "disableApiTermination" in caught.value.response["Error"]["Message"]
    assert state(home, instance) == "running"
    home.modify_instance_attribute(InstanceId=instance, DisableApiTermination={"Value": False})
    home.terminate_instances(InstanceIds=[instance])
    assert state(home, instance) == "shutting-down"


def test_a_protected_instance_keeps_those_in_its_zone_from_being_terminated(home, launch, refused):
    zones = [subnet["AvailabilityZone"] for subnet in home.describe_subnets()["Subnets"]]
    protected = launch(Placement={"AvailabilityZone": zones[0]}, DisableApiTermination=True)
    near, far = launch(Placement={"AvailabilityZone": zones[0]}), launch(Placement={"AvailabilityZone": zones[1]})
    with refused("OperationNotPermitted"):
        home.terminate_instances(InstanceIds=[protected, near, far])
    assert [state(home, each) for each in (protected, near, far)] == ["running", "running", "shutting-down"]


def test_stop_protection(home, launch, refused):
    instance = launch(DisableApiStop=True)
    with refused("OperationNotPermitted"):
        home.stop_instances(InstanceIds=[instance])
    home.modify_instance_attribute(InstanceId=instance, DisableApiStop={"Value": False})
    home.stop_instances(InstanceIds=[instance])


def test_an_attribute_may_be_named_and_given_apart(home, launch):
    instance = launch()
    home.modify_instance_attribute(InstanceId=instance, Attribute="disableApiTermination", Value="true")
    assert attribute(home, instance, "disableApiTermination") is True


def test_a_spot_instance_cannot_be_protected(home, launch, refused):
    instance = launch(InstanceMarketOptions={"MarketType": "spot"})
    with refused("UnsupportedOperation"):
        home.modify_instance_attribute(InstanceId=instance, DisableApiTermination={"Value": True})


def test_what_a_stopped_instance_can_change(home, stopped):
    instance = stopped()
    home.modify_instance_attribute(InstanceId=instance, UserData={"Value": b"new"})
    home.modify_instance_attribute(InstanceId=instance, InstanceType={"Value": "t2.micro"})
    assert base64.b64decode(attribute(home, instance, "userData")) == b"new"
    assert attribute(home, instance, "instanceType") == "t2.micro"
    credit = home.describe_instance_credit_specifications(InstanceIds=[instance])["InstanceCreditSpecifications"][0]
    assert credit["CpuCredits"] == "standard"


@pytest.mark.parametrize(
    "change", [{"UserData": {"Value": b"new"}}, {"InstanceType": {"Value": "t2.micro"}}, {"EbsOptimized": {"Value": True}}]
)
def test_what_a_running_instance_cannot_change(home, launch, refused, change):
    with refused("IncorrectInstanceState"):
        home.modify_instance_attribute(InstanceId=launch(), **change)


def test_security_groups_are_replaced(home, launch, refused):
    instance = launch()
    group = home.create_security_group(GroupName="web", Description="web", VpcId=home.describe_vpcs()["Vpcs"][0]["VpcId"])["GroupId"]
    home.modify_instance_attribute(InstanceId=instance, Groups=[group])
    assert home.describe_instances(Filters=[{"Name": "instance.group-name", "Values": ["web"]}])["Reservations"]
    with refused("InvalidGroup.NotFound"):
        home.modify_instance_attribute(InstanceId=instance, Groups=["sg-0123456789abcdef0"])


def test_a_volume_may_be_told_to_stay(sandbox, home, launch, refused):
    instance = launch()
    stays = [{"DeviceName": "/dev/xvda", "Ebs": {"DeleteOnTermination": False}}]
    home.modify_instance_attribute(InstanceId=instance, BlockDeviceMappings=stays)
    home.terminate_instances(InstanceIds=[instance])
    sandbox.clock.run_for(timedelta(minutes=1))
    assert [each["State"] for each in home.describe_volumes()["Volumes"]] == ["available"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, "InvalidParameterCombination"),
        ({"DisableApiStop": {"Value": True}, "DisableApiTermination": {"Value": True}}, "InvalidParameterCombination"),
        ({"EnaSupport": {"Value": True}}, "UnsupportedSandboxOperation"),
        ({"BlockDeviceMappings": [{"DeviceName": "/dev/sdz", "Ebs": {}}]}, "InvalidInstanceAttributeValue"),
    ],
)
def test_changes_that_are_none(home, launch, refused, change, code):
    with refused(code):
        home.modify_instance_attribute(InstanceId=launch(), **change)


@pytest.mark.facts("1.1", "11.5")
def test_an_images_reboot_shows_in_history_and_status_checks_only(sandbox, home, launch):
    instance = launch()
    sandbox.clock.run_for(timedelta(minutes=5))
    image = home.create_image(InstanceId=instance, Name="an image")["ImageId"]

    def checks():
        shown = home.describe_instance_status(InstanceIds=[instance])["InstanceStatuses"][0]
        return shown["InstanceState"]["Name"], shown["InstanceStatus"]["Status"], shown["InstanceStatus"]["Details"][0]["Status"]

    assert checks() == ("running", "initializing", "initializing")
    last = sandbox.ec2.store.region(HOME).instances[instance].history[-1]
    assert (last.what, last.cause) == ("rebooted", f"CreateImage {image}")
    sandbox.clock.run_for(timedelta(minutes=2))
    assert checks() == ("running", "ok", "passed")
