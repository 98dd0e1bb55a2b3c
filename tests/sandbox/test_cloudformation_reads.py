"""What CloudFormation tells of a stack beyond its status: its template, its resources, its change sets."""

import json

import pytest

pytestmark = pytest.mark.facts("12.3")

TEMPLATE = {
    "Parameters": {"Wait": {"Type": "String", "Default": "30"}},
    "Resources": {"Jobs": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "jobs", "VisibilityTimeout": {"Ref": "Wait"}}}},
}


@pytest.fixture
def cfn(sandbox):
    client = sandbox.client("cloudformation", "eu-west-1")
    client.create_stack(StackName="queues", TemplateBody=json.dumps(TEMPLATE))
    return client


def test_its_template(cfn):
    found = cfn.get_template(StackName="queues")["TemplateBody"]
    assert (json.loads(found) if isinstance(found, str) else found) == TEMPLATE
    summary = cfn.get_template_summary(StackName="queues")
    assert summary["ResourceTypes"] == ["AWS::SQS::Queue"]
    assert [(one["ParameterKey"], one["DefaultValue"]) for one in summary["Parameters"]] == [("Wait", "30")]


def test_its_resources(cfn):
    [one] = cfn.describe_stack_resources(StackName="queues")["StackResources"]
    assert (one["LogicalResourceId"], one["ResourceStatus"], one["StackName"]) == ("Jobs", "CREATE_COMPLETE", "queues")
    [short] = cfn.list_stack_resources(StackName="queues")["StackResourceSummaries"]
    detail = cfn.describe_stack_resource(StackName="queues", LogicalResourceId="Jobs")["StackResourceDetail"]
    assert short["LastUpdatedTimestamp"] == detail["LastUpdatedTimestamp"] == one["Timestamp"]
    assert detail["PhysicalResourceId"] == one["PhysicalResourceId"]


@pytest.mark.facts("12.2")
def test_stacks_by_status_and_change_sets(cfn):
    assert [one["StackName"] for one in cfn.list_stacks(StackStatusFilter=["CREATE_COMPLETE"])["StackSummaries"]] == ["queues"]
    assert cfn.list_stacks(StackStatusFilter=["ROLLBACK_COMPLETE"])["StackSummaries"] == []
    template = TEMPLATE | {"Description": "waits longer"}
    cfn.create_change_set(StackName="queues", ChangeSetName="longer", TemplateBody=json.dumps(template))
    assert [one["ChangeSetName"] for one in cfn.list_change_sets(StackName="queues")["Summaries"]] == ["longer"]
