"""EC2 API reference: launch templates, and RunInstances with one."""

import pytest

pytestmark = pytest.mark.facts("11.2")

HOME = "ap-south-1"


@pytest.fixture
def template(home):
    """A launch template's id, from its first version's data."""

    def template(name="web", **data):
        made = home.create_launch_template(LaunchTemplateName=name, LaunchTemplateData={"ImageId": "ami-0linux"} | data)
        return made["LaunchTemplate"]["LaunchTemplateId"]

    return template


def versions(client, **parameters):
    return [each["VersionNumber"] for each in client.describe_launch_template_versions(**parameters)["LaunchTemplateVersions"]]


def launched(client, **parameters):
    return client.run_instances(MinCount=1, MaxCount=1, **parameters)["Instances"][0]


def test_a_template_is_shown_as_it_was_made(home):
    tags = [{"Key": "Team", "Value": "a"}]
    specification = [{"ResourceType": "launch-template", "Tags": tags}]
    data = {"ImageId": "ami-0123456789abcdef0", "TagSpecifications": [{"ResourceType": "instance", "Tags": tags}]}
    home.create_launch_template(
        LaunchTemplateName="web", LaunchTemplateData=data, VersionDescription="first", TagSpecifications=specification
    )
    shown = home.describe_launch_templates(LaunchTemplateNames=["web"])["LaunchTemplates"][0]
    assert (shown["DefaultVersionNumber"], shown["LatestVersionNumber"], shown["Tags"]) == (1, 1, tags)
    version = home.describe_launch_template_versions(LaunchTemplateName="web")["LaunchTemplateVersions"][0]
    assert version["LaunchTemplateData"] == data
    assert (version["VersionDescription"], version["DefaultVersion"]) == ("first", True)


def test_templates_are_found_by_name_and_tag(home, template):
    web, database = template("web"), template("database")
    home.create_tags(Resources=[web], Tags=[{"Key": "Team", "Value": "a"}])
    found = home.describe_launch_templates(Filters=[{"Name": "tag:Team", "Values": ["a"]}])["LaunchTemplates"]
    assert [each["LaunchTemplateId"] for each in found] == [web]
    found = home.describe_launch_templates(Filters=[{"Name": "launch-template-name", "Values": ["d*"]}])["LaunchTemplates"]
    assert [each["LaunchTemplateId"] for each in found] == [database]
    assert {each["ResourceType"] for each in home.describe_tags()["Tags"]} == {"launch-template"}


def test_a_name_is_taken_once(home, template, refused):
    template("web")
    with refused("InvalidLaunchTemplateName.AlreadyExistsException"):
        template("web")


def test_missing_templates_and_versions(home, template, refused):
    with refused("InvalidLaunchTemplateId.NotFound"):
        home.describe_launch_templates(LaunchTemplateIds=["lt-0123456789abcdef0"])
    with refused("InvalidLaunchTemplateName.NotFoundException"):
        home.describe_launch_templates(LaunchTemplateNames=["nobody"])
    with refused("InvalidLaunchTemplateId.VersionNotFound"):
        home.describe_launch_template_versions(LaunchTemplateId=template(), Versions=["2"])
    with refused("MissingParameter"):
        home.delete_launch_template()


def test_a_version_is_based_on_another_only_if_it_says_so(home, template):
    web = template(InstanceType="t3.micro")
    home.create_launch_template_version(LaunchTemplateId=web, SourceVersion="1", LaunchTemplateData={"ImageId": "ami-0windows"})
    home.create_launch_template_version(LaunchTemplateId=web, LaunchTemplateData={"ImageId": "ami-0windows"})
    shown = home.describe_launch_template_versions(LaunchTemplateId=web)["LaunchTemplateVersions"]
    assert [each["LaunchTemplateData"] for each in shown] == [
        {"ImageId": "ami-0windows"},
        {"ImageId": "ami-0windows", "InstanceType": "t3.micro"},
        {"ImageId": "ami-0linux", "InstanceType": "t3.micro"},
    ]


def test_versions_by_number_default_latest_range_and_pages(home, template):
    web = template()
    for _ in range(4):
        home.create_launch_template_version(LaunchTemplateId=web, LaunchTemplateData={"ImageId": "ami-0windows"})
    home.modify_launch_template(LaunchTemplateId=web, DefaultVersion="2")
    assert versions(home, LaunchTemplateId=web, Versions=["$Default", "$Latest", "3"]) == [2, 5, 3]
    assert versions(home, LaunchTemplateId=web, MinVersion="2", MaxVersion="4") == [4, 3, 2]
    assert versions(home, Versions=["$Latest"]) == [5]
    assert versions(home, LaunchTemplateId=web, Filters=[{"Name": "image-id", "Values": ["ami-0linux"]}]) == [1]
    pages = home.get_paginator("describe_launch_template_versions").paginate(LaunchTemplateId=web, PaginationConfig={"PageSize": 2})
    assert [len(page["LaunchTemplateVersions"]) for page in pages] == [2, 2, 1]


def test_versions_of_all_templates_are_the_latest_or_default_ones(home, refused):
    with refused("InvalidParameterValue"):
        home.describe_launch_template_versions(Versions=["1"])


def test_the_default_version_cannot_be_deleted_and_numbers_do_not_come_again(home, template):
    web = template()
    home.create_launch_template_version(LaunchTemplateId=web, LaunchTemplateData={"ImageId": "ami-0windows"})
    answer = home.delete_launch_template_versions(LaunchTemplateId=web, Versions=["1", "2", "7"])
    assert [each["VersionNumber"] for each in answer["SuccessfullyDeletedLaunchTemplateVersions"]] == [2]
    assert [(each["VersionNumber"], each["ResponseError"]["Code"]) for each in answer["UnsuccessfullyDeletedLaunchTemplateVersions"]] == [
        (1, "unexpectedError"),
        (7, "launchTemplateVersionDoesNotExist"),
    ]
    made = home.create_launch_template_version(LaunchTemplateId=web, LaunchTemplateData={"ImageId": "ami-0linux"})
    assert made["LaunchTemplateVersion"]["VersionNumber"] == 3


def test_a_deleted_template_is_gone_with_its_tags(home, template, refused):
    web = template()
    home.create_tags(Resources=[web], Tags=[{"Key": "Team", "Value": "a"}])
    home.delete_launch_template(LaunchTemplateId=web)
    assert home.describe_launch_templates()["LaunchTemplates"] == []
    assert home.describe_tags()["Tags"] == []
    with refused("InvalidLaunchTemplateId.NotFound"):
        home.run_instances(LaunchTemplate={"LaunchTemplateId": web}, MinCount=1, MaxCount=1)


def test_instances_of_a_template_are_what_it_says_unless_the_call_says_otherwise(home, template):
    data = {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 5}}
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Team", "Value": "a"}, {"Key": "Name", "Value": "web"}]}]
    web = template(InstanceType="t3.micro", BlockDeviceMappings=[data], TagSpecifications=tags)
    own = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "db"}]}]
    instance = launched(home, LaunchTemplate={"LaunchTemplateId": web}, ImageId="ami-0windows", TagSpecifications=own)
    assert (instance["ImageId"], instance["InstanceType"]) == ("ami-0windows", "t3.micro")
    assert sorted(volume["Size"] for volume in home.describe_volumes()["Volumes"]) == [5, 30]
    assert {tag["Key"]: tag["Value"] for tag in instance["Tags"]} == {
        "Team": "a",
        "Name": "db",
        "aws:ec2launchtemplate:id": web,
        "aws:ec2launchtemplate:version": "1",
    }


@pytest.mark.parametrize(
    ("version", "image"), [(None, "ami-0windows"), ("$Latest", "ami-0linux"), ("1", "ami-0linux"), ("2", "ami-0windows")]
)
def test_the_default_version_is_launched_unless_another_is_named(home, template, version, image):
    template()
    for each in ("ami-0windows", "ami-0linux"):
        home.create_launch_template_version(LaunchTemplateName="web", LaunchTemplateData={"ImageId": each})
    home.modify_launch_template(LaunchTemplateName="web", DefaultVersion="2")
    named = {"LaunchTemplateName": "web"} | ({"Version": version} if version else {})
    assert launched(home, LaunchTemplate=named)["ImageId"] == image


def test_a_parameter_may_name_the_image(sandbox, home, template, refused):
    web = template(ImageId="resolve:ssm:/golden")
    with refused("InvalidParameterValue"):
        launched(home, LaunchTemplate={"LaunchTemplateId": web})
    sandbox.client("ssm", HOME).put_parameter(Name="/golden", Value="ami-0linux", Type="String", DataType="aws:ec2:image")
    assert launched(home, LaunchTemplate={"LaunchTemplateId": web})["ImageId"] == "ami-0linux"
    assert launched(home, ImageId="resolve:ssm:/golden:1")["ImageId"] == "ami-0linux"
    shown = [
        home.describe_launch_template_versions(LaunchTemplateId=web, ResolveAlias=resolve)["LaunchTemplateVersions"][0]
        for resolve in (False, True)
    ]
    assert [each["LaunchTemplateData"]["ImageId"] for each in shown] == ["resolve:ssm:/golden", "ami-0linux"]


def test_no_auto_scaling_group_launches_instances_of_its_own(sandbox, template, refused):
    group = {"AutoScalingGroupName": "web", "MinSize": 0, "MaxSize": 1, "LaunchTemplate": {"LaunchTemplateId": template()}}
    with refused("UnsupportedSandboxOperation") as caught:
        sandbox.client("autoscaling", HOME).create_auto_scaling_group(**group)
    assert "CreateAutoScalingGroup" in caught.value.response["Error"]["Message"]


def test_launch_configurations_are_kept(sandbox, take, refused):
    client, image = sandbox.client("autoscaling", HOME), take()
    client.create_launch_configuration(LaunchConfigurationName="old", ImageId=image, InstanceType="t3.micro")
    assert [each["ImageId"] for each in client.describe_launch_configurations()["LaunchConfigurations"]] == [image]
    with refused("ValidationError"):
        client.create_launch_configuration(LaunchConfigurationName="none", ImageId="ami-0123456789abcdef0", InstanceType="t3.micro")
    with refused("UnsupportedSandboxOperation"):
        client.create_launch_configuration(LaunchConfigurationName="of", InstanceId="i-0123456789abcdef0")
