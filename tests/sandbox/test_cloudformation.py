"""Stacks: made, changed, replaced, rolled back, deleted; and the deployment of cdk.out."""

import json

import pytest
from botocore.exceptions import ClientError

from sandbox.cloudformation.errors import DeploymentError
from tests.sandbox.apps import ACCOUNT, HOME, RECOVERY, att, queue
from tests.sandbox.stacks import status

TRUST = {"Version": "2012-10-17", "Statement": []}
pytestmark = pytest.mark.facts("12.1")


def physical(cfn, logical, name="Test"):
    return cfn.describe_stack_resource(StackName=name, LogicalResourceId=logical)["StackResourceDetail"]["PhysicalResourceId"]


def test_an_unknown_type_fails_and_what_was_made_is_rolled_back(deploy_stack, cfn, sandbox):
    with pytest.raises(DeploymentError, match="AWS::Made::Up"):
        deploy_stack({"Q": queue("q"), "X": {"Type": "AWS::Made::Up", "DependsOn": "Q"}})
    assert status(cfn) == "ROLLBACK_COMPLETE"
    assert "QueueUrls" not in sandbox.client("sqs", HOME).list_queues()


def test_what_hangs_on_a_replaced_resource_changes_too(deploy_stack, cfn, sandbox):
    def resources(name):
        return {
            "Q": queue(name),
            "P": {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/p", "Type": "String", "Value": att("Q", "QueueName")}},
        }

    deploy_stack(resources("first"))
    deploy_stack(resources("second"))
    assert sandbox.client("ssm", HOME).get_parameter(Name="/p")["Parameter"]["Value"] == "second"
    assert [url.rsplit("/", 1)[-1] for url in sandbox.client("sqs", HOME).list_queues()["QueueUrls"]] == ["second"]
    assert status(cfn) == "UPDATE_COMPLETE"


def test_a_failed_update_puts_everything_back(deploy_stack, cfn, sandbox):
    deploy_stack({"Q": queue("q", VisibilityTimeout=60), "Old": queue("old")})
    with pytest.raises(DeploymentError, match="UPDATE_ROLLBACK_COMPLETE"):
        deploy_stack(
            {"Q": queue("q", VisibilityTimeout=90), "New": queue("new"), "X": {"Type": "AWS::Made::Up", "DependsOn": ["Q", "New"]}}
        )
    sqs = sandbox.client("sqs", HOME)
    assert sorted(url.rsplit("/", 1)[-1] for url in sqs.list_queues()["QueueUrls"]) == ["old", "q"]
    url = sqs.get_queue_url(QueueName="q")["QueueUrl"]
    assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]["VisibilityTimeout"] == "60"
    assert {one["LogicalResourceId"] for one in cfn.list_stack_resources(StackName="Test")["StackResourceSummaries"]} == {"Q", "Old"}
    deploy_stack({"Q": queue("q", VisibilityTimeout=90)})
    assert status(cfn) == "UPDATE_COMPLETE"


def test_removed_and_retained_resources(deploy_stack, sandbox):
    deploy_stack({"A": queue("a"), "B": queue("b") | {"DeletionPolicy": "Retain"}, "C": queue("c")})
    deploy_stack({"C": queue("c")})
    assert [url.rsplit("/", 1)[-1] for url in sandbox.client("sqs", HOME).list_queues()["QueueUrls"]] == ["b", "c"]


def test_deleting_a_stack(deploy_stack, cfn, sandbox):
    deploy_stack({"A": queue("a"), "B": queue("b") | {"DeletionPolicy": "Retain"}}, terminationProtection=True)
    with pytest.raises(ClientError, match="TerminationProtection"):
        cfn.delete_stack(StackName="Test")
    cfn.update_termination_protection(StackName="Test", EnableTerminationProtection=False)
    stack = cfn.describe_stacks(StackName="Test")["Stacks"][0]["StackId"]
    cfn.delete_stack(StackName="Test")
    cfn.get_waiter("stack_delete_complete").wait(StackName=stack)
    assert [url.rsplit("/", 1)[-1] for url in sandbox.client("sqs", HOME).list_queues()["QueueUrls"]] == ["b"]
    with pytest.raises(ClientError, match="does not exist"):
        cfn.describe_stacks(StackName="Test")


def test_what_a_failed_creation_leaves(deploy_stack, sandbox):
    kept, tidied = {"DeletionPolicy": "Retain"}, {"DeletionPolicy": "RetainExceptOnCreate"}
    with pytest.raises(DeploymentError):
        deploy_stack(
            {"A": queue("a"), "B": queue("b") | kept, "C": queue("c") | tidied, "D": queue("x" * 81) | {"DependsOn": ["A", "B", "C"]}}
        )
    assert [url.rsplit("/", 1)[-1] for url in sandbox.client("sqs", HOME).list_queues()["QueueUrls"]] == ["b"]


@pytest.mark.facts("12.3")
def test_conditions_parameters_and_exports(deploy_stack, cfn, sandbox):
    parameters = {"Version": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/hnb659fds/version"}}
    outputs = {"Q": {"Value": att("Q"), "Export": {"Name": "the-queue"}}, "None": {"Condition": "Never", "Value": "x"}}
    conditions = {"Never": {"Fn::Equals": [{"Ref": "AWS::Region"}, "nowhere"]}}
    deploy_stack(
        {"Q": queue({"Fn::Sub": "q-${Version}"}), "N": queue("never") | {"Condition": "Never"}},
        "First",
        Parameters=parameters,
        Outputs=outputs,
        Conditions=conditions,
    )
    imported = {"P": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Fn::ImportValue": "the-queue"}}}}
    deploy_stack(imported, "Second", needs=["First"])
    [name] = [url.rsplit("/", 1)[-1] for url in sandbox.client("sqs", HOME).list_queues()["QueueUrls"]]
    assert name == "q-30"
    assert sandbox.client("ssm", HOME).get_parameter(Name=physical(cfn, "P", "Second"))["Parameter"]["Value"].endswith(":q-30")
    assert cfn.list_exports()["Exports"][0]["Name"] == "the-queue"


def test_stacks_go_to_their_regions_in_order(deploy_stack, app, sandbox):
    app.stack("Late", {"Q": queue("late")}, needs=["Early"])
    deploy_stack({"Q": queue("early")}, "Early", region=RECOVERY, tags={"a": "b"})
    deployed = [call.parameters["StackName"] for call in sandbox.gateway.calls if call.operation == "CreateStack"]
    assert deployed == ["Early", "Late"]
    assert sandbox.client("cloudformation", RECOVERY).describe_stacks()["Stacks"][0]["Tags"] == [{"Key": "a", "Value": "b"}]
    sandbox.client("s3", RECOVERY).head_bucket(Bucket=f"cdk-hnb659fds-assets-{ACCOUNT}-{RECOVERY}")


@pytest.mark.parametrize(
    ("properties", "given", "needed"),
    [
        ({}, [], "CAPABILITY_IAM"),
        ({}, ["CAPABILITY_AUTO_EXPAND"], "CAPABILITY_IAM"),
        ({}, ["CAPABILITY_IAM"], None),
        ({}, ["CAPABILITY_NAMED_IAM"], None),
        ({"RoleName": "r"}, ["CAPABILITY_IAM"], "CAPABILITY_NAMED_IAM"),
        ({"RoleName": "r"}, ["CAPABILITY_NAMED_IAM"], None),
    ],
)
def test_roles_must_be_acknowledged(cfn, properties, given, needed):
    body = json.dumps({"Resources": {"R": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST, **properties}}}})
    queues = json.dumps({"Resources": {"Q": queue("q")}})
    cfn.create_stack(StackName="old", TemplateBody=queues)

    def refused(call, **parameters):
        try:
            call(TemplateBody=body, Capabilities=given, **parameters)
        except ClientError as error:
            return error.response["Error"]["Code"], error.response["Error"]["Message"]

    told = needed and ("InsufficientCapabilitiesException", f"Requires capabilities : [{needed}]")
    assert refused(cfn.create_change_set, StackName="old", ChangeSetName="one") == told
    assert refused(cfn.update_stack, StackName="old") == told
    cfn.delete_stack(StackName="old")
    assert refused(cfn.create_stack, StackName="new") == told
    assert [one["StackName"] for one in cfn.describe_stacks()["Stacks"]] == ([] if needed else ["new"])
