"""EC2 API reference: CreateTags, DeleteTags, DescribeTags; tag restrictions."""

from datetime import timedelta

import pytest
from moto.backends import get_backend

from sandbox.ec2.tag_index import TagIndex

pytestmark = pytest.mark.facts("11.7")


def tags_of(client, instance):
    answer = client.describe_instances(InstanceIds=[instance])
    return {tag["Key"]: tag["Value"] for tag in answer["Reservations"][0]["Instances"][0].get("Tags", [])}


def tag(key, value=""):
    return {"Key": key, "Value": value}


def test_tags_are_set_and_overwritten(home, launch):
    instance = launch(tags={"Backup": "nightly", "Name": "web"})
    home.create_tags(Resources=[instance], Tags=[tag("Backup", "weekly")])
    assert tags_of(home, instance) == {"Backup": "weekly", "Name": "web"}


def test_an_overwritten_value_is_found_no_more(home, launch):
    instance = launch(tags={"Backup": "nightly"})
    home.create_tags(Resources=[instance], Tags=[tag("Backup", "weekly")])
    assert home.describe_instances(Filters=[{"Name": "tag:Backup", "Values": ["nightly"]}])["Reservations"] == []


def test_tags_are_deleted_by_key(home, launch):
    instance = launch(tags={"Backup": "nightly", "Name": "web"})
    home.delete_tags(Resources=[instance], Tags=[{"Key": "Backup"}])
    assert tags_of(home, instance) == {"Name": "web"}


def test_tags_are_deleted_by_value_only_if_it_is_the_same(home, launch):
    instance = launch(tags={"Backup": "nightly", "Name": "web"})
    home.delete_tags(Resources=[instance], Tags=[tag("Backup", "weekly"), tag("Name", "web")])
    assert tags_of(home, instance) == {"Backup": "nightly"}


def test_all_tags_are_deleted_if_none_is_named(home, launch):
    instance = launch(tags={"Backup": "nightly", "Name": "web"})
    home.delete_tags(Resources=[instance])
    assert tags_of(home, instance) == {}


@pytest.mark.parametrize("wrong", [tag("aws:owner"), tag("AWS:owner"), tag("k" * 128), tag("k", "v" * 257)])
def test_tags_that_may_not_be(home, launch, refused, wrong):
    instance = launch()
    with refused("InvalidParameterValue"):
        home.create_tags(Resources=[instance], Tags=[tag("fine"), wrong])
    assert tags_of(home, instance) == {}


def test_the_longest_tag(home, launch):
    instance = launch()
    home.create_tags(Resources=[instance], Tags=[tag("k" * 127, "v" * 256)])
    assert tags_of(home, instance) == {"k" * 127: "v" * 256}


@pytest.mark.facts("4.2")
def test_50_tags_at_most(home, launch, refused):
    instance = launch(tags={f"tag{number}": "" for number in range(50)})
    home.create_tags(Resources=[instance], Tags=[tag("tag0", "again")])
    with refused("TagLimitExceeded"):
        home.create_tags(Resources=[instance], Tags=[tag("one more")])


def test_a_missing_resource_leaves_the_others_as_they_are(home, launch, refused):
    instance = launch()
    with refused("InvalidInstanceID.NotFound"):
        home.create_tags(Resources=[instance, "i-0123456789abcdef0"], Tags=[tag("Name", "web")])
    assert tags_of(home, instance) == {}


@pytest.mark.parametrize(
    ("resource", "code"),
    [
        *((wrong, "InvalidID") for wrong in ("whatever", "i", "i-NoHex", "AMI-1", "rtb-1", "web-0123456789abcdef0", "107.20.243.249")),
        ("vol-0123456789abcdef0", "InvalidVolume.NotFound"),
        ("eni-0123456789abcdef0", "InvalidNetworkInterfaceID.NotFound"),
        ("vpc-0123456789abcdef0", "InvalidVpcID.NotFound"),
        ("sg-0123456789abcdef0", "InvalidGroup.NotFound"),
    ],
)
def test_what_is_not_there_takes_no_tags_and_leaves_the_others_as_they_are(home, launch, refused, resource, code):
    instance, vpc = launch(tags={"Backup": "nightly"}), home.describe_vpcs()["Vpcs"][0]["VpcId"]
    with refused(code):
        home.create_tags(Resources=[instance, vpc, resource], Tags=[tag("Name", "web")])
    with refused(code):
        home.delete_tags(Resources=[instance, vpc, resource])
    assert [(each["ResourceId"], each["Key"]) for each in home.describe_tags()["Tags"]] == [(instance, "Backup")]


def test_all_that_moto_keeps_takes_tags(home):
    moto = get_backend("ec2")["123456789012"]["ap-south-1"]
    vpc, subnet = moto.create_vpc("10.9.0.0/16"), next(iter(moto.get_default_subnets().values()))
    group = moto.create_security_group("web", "web", vpc_id=vpc.id)
    made = [
        vpc.id,
        subnet.id,
        group.id,
        group.egress_rules[0].id,
        moto.create_network_interface(subnet, "10.0.0.9").id,
        moto.create_key_pair("mine", "rsa", {}).id,
        moto.allocate_address("vpc").allocation_id,
        moto.create_route_table(vpc.id).id,
        moto.create_internet_gateway().id,
    ]
    home.create_tags(Resources=made, Tags=[tag("Team", "a")])
    assert {each["ResourceId"] for each in home.describe_tags()["Tags"]} == set(made)
    home.delete_tags(Resources=made)
    assert home.describe_tags()["Tags"] == []


def test_tags_of_aws_cannot_be_deleted(home, launch, refused, sandbox):
    instance = launch(tags={"Name": "web"})
    sandbox.ec2.store.region("ap-south-1").tags.put(instance, {"aws:autoscaling:groupName": "web"})
    with refused("InvalidParameterValue"):
        home.delete_tags(Resources=[instance], Tags=[{"Key": "Name"}, {"Key": "aws:autoscaling:groupName"}])
    assert tags_of(home, instance) == {"Name": "web", "aws:autoscaling:groupName": "web"}
    home.delete_tags(Resources=[instance])
    assert tags_of(home, instance) == {"aws:autoscaling:groupName": "web"}


def test_images_and_snapshots_take_tags(home, take, image_of):
    image = take()
    snapshot = image_of(home, image)["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    home.create_tags(Resources=[image, snapshot], Tags=[tag("nightkeep:hold", "yes")])
    assert image_of(home, image)["Tags"] == [tag("nightkeep:hold", "yes")]
    assert home.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"][0]["Tags"] == [tag("nightkeep:hold", "yes")]


def test_tags_of_motos_resources_are_motos(home):
    vpc = home.describe_vpcs()["Vpcs"][0]["VpcId"]
    home.create_tags(Resources=[vpc], Tags=[tag("Name", "main")])
    assert home.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Tags"] == [tag("Name", "main")]
    home.delete_tags(Resources=[vpc], Tags=[{"Key": "Name"}])
    assert home.describe_tags(Filters=[{"Name": "resource-id", "Values": [vpc]}])["Tags"] == []


def test_public_images_cannot_be_tagged(home, refused):
    with refused("UnauthorizedOperation"):
        home.create_tags(Resources=["ami-0linux"], Tags=[tag("Name", "mine")])


def test_describing_tags(home, launch):
    instance = launch(tags={"Backup": "nightly", "Name": "web"})
    expected = [{"ResourceId": instance, "ResourceType": "instance", "Key": "Backup", "Value": "nightly"}]
    assert home.describe_tags(Filters=[{"Name": "key", "Values": ["Back*"]}])["Tags"] == expected
    both = [{"Name": "resource-id", "Values": [instance]}, {"Name": "value", "Values": ["nightly"]}]
    assert home.describe_tags(Filters=both)["Tags"] == expected


def test_tags_are_described_by_key_and_value_together(home, launch, refused):
    instance = launch(tags={"Back*": "nightly", "Backup": "nightly", "Name": "web"})
    found = home.describe_tags(Filters=[{"Name": "tag:Back*", "Values": ["night*", "web"]}])["Tags"]
    assert [(each["ResourceId"], each["Key"]) for each in found] == [(instance, "Back*")]
    assert home.describe_tags(Filters=[{"Name": "tag:Name", "Values": ["nightly"]}])["Tags"] == []
    with refused("InvalidParameterValue"):
        home.describe_tags(Filters=[{"Name": "tag-key", "Values": ["Name"]}])


def test_tags_come_in_pages(home, launch):
    launch(tags={f"tag{number}": "" for number in range(12)})
    pages = home.get_paginator("describe_tags").paginate(PaginationConfig={"PageSize": 5})
    assert [len(page["Tags"]) for page in pages] == [5, 5, 2]


def test_what_has_no_tags_is_shown_without_the_member(sandbox, home, launch, take):
    image, zone = take(), "ap-south-1a"
    snapshot = home.describe_images(ImageIds=[image])["Images"][0]["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    template = home.create_launch_template(LaunchTemplateName="web", LaunchTemplateData={"ImageId": image})["LaunchTemplate"]
    volume = home.create_volume(AvailabilityZone=zone, Size=1)
    run = home.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]
    sandbox.clock.run_for(timedelta(minutes=1))
    single = home.create_snapshot(VolumeId=volume["VolumeId"])
    copied = home.copy_snapshot(SourceRegion="ap-south-1", SourceSnapshotId=snapshot)
    several = home.create_snapshots(InstanceSpecification={"InstanceId": run["InstanceId"]})["Snapshots"]
    described = [
        *home.describe_images(Owners=["self"])["Images"],
        *home.describe_snapshots(OwnerIds=["self"])["Snapshots"],
        *home.describe_snapshot_tier_status()["SnapshotTierStatuses"],
        *home.describe_volumes()["Volumes"],
        *(one for each in home.describe_instances()["Reservations"] for one in each["Instances"]),
        *home.describe_instance_image_metadata()["InstanceImageMetadata"],
        *home.describe_launch_templates()["LaunchTemplates"],
    ]
    for shown in (template, volume, run, single, copied, *several, *described):
        assert "Tags" not in shown


def test_any_characters_travel(home, launch):
    tags = {"Name": "<web> & 'db' \"ü\"", "a/b:c=d+e-f@g h": "100 %"}
    assert tags_of(home, launch(tags=tags)) == tags


def test_lines_come_back_as_they_were(home, launch):
    instance = launch(tags={"a": "one\r\ntwo\rthree\n\tfour"})
    assert tags_of(home, instance) == {"a": "one\r\ntwo\rthree\n\tfour"}


@pytest.mark.parametrize("text", ["\x0b", "a\x00b", "\x1f", "\ufffe"])
def test_text_that_no_answer_could_have_is_refused(home, launch, refused, text):
    instance = launch()
    calls = [
        lambda: home.create_tags(Resources=[instance], Tags=[tag("Name", text)]),
        lambda: home.create_tags(Resources=[instance], Tags=[tag(f"k{text}")]),
        lambda: home.create_image(InstanceId=instance, Name="web", Description=text),
        lambda: home.create_snapshots(
            InstanceSpecification={"InstanceId": instance}, TagSpecifications=[{"ResourceType": "snapshot", "Tags": [tag("Name", text)]}]
        ),
    ]
    for call in calls:
        with refused("InvalidParameterValue"):
            call()
    assert home.describe_tags()["Tags"] == []


def test_a_page_reads_its_own_tags_only(sandbox, home, monkeypatch):
    for number in range(100):
        home.create_volume(
            AvailabilityZone="ap-south-1a", Size=1, TagSpecifications=[{"ResourceType": "volume", "Tags": [tag("n", str(number))]}]
        )
    asked = []
    of = TagIndex.of
    monkeypatch.setattr(TagIndex, "of", lambda self, resource: asked.append(resource) or of(self, resource))
    first = home.describe_tags(MaxResults=10)
    whole = len(asked)
    second = home.describe_tags(MaxResults=10, NextToken=first["NextToken"])
    assert [each["Value"] for each in first["Tags"] + second["Tags"]] == [str(number) for number in range(20)]
    assert whole > 100
    assert len(asked) - whole <= 2 * 11  # is it still there, and what is it; one tag more to see whether there is another page
