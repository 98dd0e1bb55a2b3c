"""EC2 API reference: RunInstances, StartInstances, StopInstances, RebootInstances, TerminateInstances and the describes of instances."""

from datetime import timedelta

import pytest


def state(client, instance):
    return client.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]["State"]["Name"]


def found(client, **parameters):
    answer = client.describe_instances(**parameters)
    return [instance["InstanceId"] for each in answer["Reservations"] for instance in each["Instances"]]


def status(client, instance):
    return client.describe_instance_status(InstanceIds=[instance])["InstanceStatuses"][0]["InstanceStatus"]["Status"]


@pytest.mark.facts("3.4")
def test_instances_run_after_seconds(sandbox, home):
    instance = home.run_instances(ImageId="ami-0linux", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    assert state(home, instance) == "pending"
    sandbox.clock.run_for(timedelta(seconds=30))
    assert state(home, instance) == "running"


@pytest.mark.facts("3.4")
def test_instances_stop_and_start(sandbox, home, launch):
    instance = launch()
    home.stop_instances(InstanceIds=[instance])
    assert state(home, instance) == "stopping"
    sandbox.clock.run_for(timedelta(minutes=1))
    assert state(home, instance) == "stopped"
    home.start_instances(InstanceIds=[instance])
    sandbox.clock.run_for(timedelta(minutes=1))
    assert state(home, instance) == "running"


@pytest.mark.facts("3.4")
def test_an_instance_being_stopped_cannot_be_started(home, launch, refused):
    instance = launch()
    home.stop_instances(InstanceIds=[instance])
    with refused("IncorrectInstanceState"):
        home.start_instances(InstanceIds=[instance])


@pytest.mark.facts("3.4")
def test_instance_store_instances_cannot_be_stopped(home, launch, refused):
    instance = launch("ami-0instancestore")
    with refused("UnsupportedOperation"):
        home.stop_instances(InstanceIds=[instance])


@pytest.mark.facts("3.4")
def test_terminated_instances_are_shown_for_an_hour(sandbox, home, launch, refused):
    instance = launch()
    home.terminate_instances(InstanceIds=[instance])
    sandbox.clock.run_for(timedelta(minutes=1))
    assert state(home, instance) == "terminated"
    assert home.describe_volumes()["Volumes"] == []
    sandbox.clock.run_for(timedelta(hours=1))
    with refused("InvalidInstanceID.NotFound"):
        home.describe_instances(InstanceIds=[instance])


@pytest.mark.facts("3.4")
def test_volumes_that_outlive_their_instance_are_available(sandbox, home, launch):
    data = {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 10, "DeleteOnTermination": False}}
    home.terminate_instances(InstanceIds=[launch(BlockDeviceMappings=[data])])
    sandbox.clock.run_for(timedelta(minutes=1))
    assert [(volume["Size"], volume["State"]) for volume in home.describe_volumes()["Volumes"]] == [(10, "available")]


@pytest.mark.facts("11.5")
def test_volumes_are_what_was_asked_for(home, launch):
    data = {"VolumeSize": 100, "VolumeType": "io2", "Iops": 5000, "Encrypted": True}
    instance = launch(BlockDeviceMappings=[{"DeviceName": "/dev/sdf", "Ebs": data}, {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 20}}])
    shown = home.describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": [instance]}])["Volumes"]
    root, added = sorted(shown, key=lambda volume: volume["Size"])
    assert (root["Size"], root["VolumeType"], root["Iops"], root["Throughput"], root["Encrypted"]) == (20, "gp3", 3000, 125, False)
    assert (added["Size"], added["VolumeType"], added["Iops"], added["Encrypted"]) == (100, "io2", 5000, True)
    assert added["KmsKeyId"].startswith("arn:aws:kms:ap-south-1:123456789012:key/")


@pytest.mark.facts("11.5")
def test_a_volume_may_be_under_a_customers_key(sandbox, home, launch):
    key = sandbox.client("kms", "ap-south-1").create_key()["KeyMetadata"]["Arn"]
    launch(BlockDeviceMappings=[{"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 1, "Encrypted": True, "KmsKeyId": key}}])
    assert home.describe_volumes(Filters=[{"Name": "encrypted", "Values": ["true"]}])["Volumes"][0]["KmsKeyId"] == key


@pytest.mark.facts("11.5")
def test_an_instance_can_be_launched_of_an_own_image(home, launch, take):
    data = {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 7, "Encrypted": True}}
    image = take(instance=launch(BlockDeviceMappings=[data]))
    copy = launch(image)
    volumes = home.describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": [copy]}])["Volumes"]
    assert sorted((volume["Size"], volume["Encrypted"]) for volume in volumes) == [(7, True), (8, False)]


@pytest.mark.facts("11.5")
def test_instances_are_placed_in_motos_network(home, launch):
    subnet = home.describe_subnets()["Subnets"][-1]
    instance = launch(SubnetId=subnet["SubnetId"])
    shown = home.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    assert (shown["VpcId"], shown["Placement"]["AvailabilityZone"]) == (subnet["VpcId"], subnet["AvailabilityZone"])


@pytest.mark.facts("11.5")
def test_a_missing_id_fails_the_whole_describe(home, launch, refused):
    with refused("InvalidInstanceID.NotFound"):
        home.describe_instances(InstanceIds=[launch(), "i-0123456789abcdef0"])


@pytest.mark.facts("11.5")
def test_a_malformed_id_is_told(home, refused):
    with refused("InvalidInstanceID.Malformed"):
        home.describe_instances(InstanceIds=["web-1"])


@pytest.mark.facts("11.5")
@pytest.mark.parametrize(
    ("name", "values", "hits"),
    [
        ("tag:Backup", ["nightly"], "one"),
        ("tag:Backup", ["Nightly"], ""),
        ("tag:backup", ["nightly"], ""),
        ("tag:Backup", ["night*", "week?y"], "one two"),
        ("tag-key", ["Backup"], "one two"),
        ("tag-key", ["Back*"], "one two three"),
        ("tag-key", ["Backup:n?w"], "three"),
        ("tag:Backup", ["night\\*"], ""),
        ("instance-state-name", ["running"], "one two three"),
        ("instance-state-name", ["stopped"], ""),
    ],
)
def test_filters(home, launch, name, values, hits):
    """Filters are case-sensitive; `*` stands for any text, `?` for one character, a backslash takes that away."""
    names = {launch(tags={"Backup": "nightly"}): "one", launch(tags={"Backup": "weekly"}): "two", launch(tags={"Backup:now": "x"}): "three"}
    assert " ".join(names[key] for key in found(home, Filters=[{"Name": name, "Values": values}])) == hits


@pytest.mark.facts("11.5")
def test_filters_all_apply(home, launch):
    instance = launch(tags={"Backup": "nightly", "Name": "web"})
    launch(tags={"Backup": "nightly", "Name": "db"})
    filters = [{"Name": "tag:Backup", "Values": ["nightly"]}, {"Name": "tag:Name", "Values": ["web"]}]
    assert found(home, Filters=filters) == [instance]


@pytest.mark.facts("11.5")
def test_an_unknown_filter_is_refused(home, refused):
    with refused("InvalidParameterValue"):
        home.describe_instances(Filters=[{"Name": "colour", "Values": ["blue"]}])


@pytest.mark.facts("11.5")
def test_200_filter_values_at_most(home, refused):
    values = [f"i-{number:017x}" for number in range(201)]
    assert found(home, Filters=[{"Name": "instance-id", "Values": values[:200]}]) == []
    with refused("FilterLimitExceeded"):
        home.describe_instances(Filters=[{"Name": "instance-id", "Values": values}])


@pytest.mark.facts("11.5")
def test_pages(home):
    home.run_instances(ImageId="ami-0linux", MinCount=12, MaxCount=12)
    pages = list(home.get_paginator("describe_instances").paginate(PaginationConfig={"PageSize": 5}))
    ids = [[instance["InstanceId"] for each in page["Reservations"] for instance in each["Instances"]] for page in pages]
    assert [len(page) for page in ids] == [5, 5, 2]
    assert len({key for page in ids for key in page}) == 12


@pytest.mark.facts("11.5")
@pytest.mark.parametrize("size", [4, 1001])
def test_pages_have_5_to_1000_instances(home, refused, size):
    with refused("InvalidParameterValue"):
        home.describe_instances(MaxResults=size)


@pytest.mark.facts("11.5")
def test_ids_and_pages_do_not_go_together(home, launch, refused):
    with refused("InvalidParameterCombination"):
        home.describe_instances(InstanceIds=[launch()], MaxResults=5)


@pytest.mark.facts("11.5")
def test_a_token_of_nobodys_is_refused(home, refused):
    with refused("InvalidNextToken"):
        home.describe_instances(NextToken="bm9uZTow", MaxResults=5)


@pytest.mark.facts("4.4")
def test_a_dry_run_changes_nothing(home, refused):
    with refused("DryRunOperation") as caught:
        home.run_instances(ImageId="ami-0linux", MinCount=1, MaxCount=1, DryRun=True)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412
    assert found(home) == []


@pytest.mark.facts("11.5")
def test_status_checks_pass_minutes_after_booting(sandbox, home, launch):
    instance = launch()
    assert status(home, instance) == "initializing"
    sandbox.clock.run_for(timedelta(minutes=5))
    assert status(home, instance) == "ok"


@pytest.mark.facts("11.5")
def test_status_checks_start_again_after_a_reboot(sandbox, home, launch):
    instance = launch()
    sandbox.clock.run_for(timedelta(minutes=5))
    home.reboot_instances(InstanceIds=[instance])
    assert (state(home, instance), status(home, instance)) == ("running", "initializing")


@pytest.mark.facts("11.5")
def test_status_is_of_running_instances_unless_all_are_asked_for(sandbox, home, launch):
    instance = launch()
    home.stop_instances(InstanceIds=[instance])
    sandbox.clock.run_for(timedelta(minutes=1))
    assert home.describe_instance_status()["InstanceStatuses"] == []
    assert status_of_all(home) == ["not-applicable"]


def status_of_all(client):
    return [each["InstanceStatus"]["Status"] for each in client.describe_instance_status(IncludeAllInstances=True)["InstanceStatuses"]]


@pytest.mark.facts("11.3")
def test_credits_of_burstable_instances(home, launch):
    unlimited, standard = launch(InstanceType="t3.micro"), launch(InstanceType="t2.micro")
    launch(InstanceType="m7g.large")
    answer = home.describe_instance_credit_specifications(Filters=[{"Name": "instance-id", "Values": [unlimited, standard]}])
    assert {each["InstanceId"]: each["CpuCredits"] for each in answer["InstanceCreditSpecifications"]} == {
        unlimited: "unlimited",
        standard: "standard",
    }


@pytest.mark.facts("11.3")
def test_credits_without_ids_are_the_unlimited_ones(home, launch):
    launch(InstanceType="t3.micro", CreditSpecification={"CpuCredits": "standard"})
    unlimited = launch(InstanceType="t2.micro", CreditSpecification={"CpuCredits": "unlimited"})
    listed = home.describe_instance_credit_specifications()["InstanceCreditSpecifications"]
    assert [each["InstanceId"] for each in listed] == [unlimited]


@pytest.mark.facts("11.3")
def test_credits_of_other_types_are_refused(home, launch, refused):
    with refused("InvalidParameterCombination"):
        home.describe_instance_credit_specifications(InstanceIds=[launch(InstanceType="m7g.large")])
