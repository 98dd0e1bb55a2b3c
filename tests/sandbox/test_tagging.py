"""Resource Groups Tagging API reference: GetResources knows what EC2 has here, and what moto has."""

import pytest

pytestmark = pytest.mark.facts("11.4")
HOME = "ap-south-1"


def test_resources_by_tag(sandbox, home, launch, take, refused):
    instance = launch(tags={"Backup": "nightly", "Name": "web"})
    image = take(instance=instance, tags={"Backup": "nightly"})
    queue = sandbox.client("sqs", HOME).create_queue(QueueName="q", tags={"Backup": "nightly"})["QueueUrl"].rsplit("/", 1)[-1]
    tagging = sandbox.client("resourcegroupstaggingapi", HOME)
    instance, image = f"arn:aws:ec2:{HOME}:123456789012:instance/{instance}", f"arn:aws:ec2:{HOME}::image/{image}"
    queue = f"arn:aws:sqs:{HOME}:123456789012:{queue}"

    def found(**asked):
        return [each["ResourceARN"] for each in tagging.get_resources(**asked)["ResourceTagMappingList"]]

    nightly = {"TagFilters": [{"Key": "Backup", "Values": ["nightly"]}]}
    assert found(**nightly) == [instance, image, queue]
    assert found(ResourceTypeFilters=["ec2:instance"]) == [instance]
    assert found(ResourceTypeFilters=["ec2"], **nightly) == [instance, image]
    assert found(ResourceARNList=[image]) == [image]
    assert found(TagFilters=[{"Key": "Backup", "Values": ["weekly"]}]) == []
    assert tagging.get_resources(ResourceARNList=[instance])["ResourceTagMappingList"][0]["Tags"] == [
        {"Key": "Backup", "Value": "nightly"},
        {"Key": "Name", "Value": "web"},
    ]
    first = tagging.get_resources(ResourcesPerPage=2, **nightly)
    assert found(ResourcesPerPage=2, PaginationToken=first["PaginationToken"], **nightly) == [queue]
    with refused("UnsupportedSandboxOperation"):
        tagging.tag_resources(ResourceARNList=[instance], Tags={"a": "b"})
    home.terminate_instances(InstanceIds=[instance.rpartition("/")[2]])
