"""What stacks make: what Ref and attributes of it are, and how it changes."""

import json

import pytest

from sandbox.cloudformation.errors import DeploymentError
from tests.sandbox.apps import ACCOUNT, HOME, att, function, queue, role
from tests.sandbox.stacks import status

pytestmark = pytest.mark.facts("12.1")


def test_ref_and_attributes_are_what_aws_returns(deploy_stack, cfn, sandbox):
    outputs = {
        name: {"Value": value}
        for name, value in {
            "Queue": {"Ref": "Q"},
            "QueueArn": att("Q"),
            "Topic": {"Ref": "T"},
            "Role": {"Ref": "R"},
            "RoleArn": att("R"),
            "Key": {"Ref": "K"},
            "KeyArn": att("K"),
            "Bucket": {"Ref": "B"},
            "BucketArn": att("B"),
            "Logs": att("L"),
            "Group": {"Ref": "G"},
        }.items()
    }
    deploy_stack(
        {
            "Q": queue("q"),
            "T": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "t"}},
            "R": role(),
            "K": {
                "Type": "AWS::KMS::Key",
                "Properties": {"KeyPolicy": {"Version": "2012-10-17", "Statement": []}, "EnableKeyRotation": True},
            },
            "B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "bucket-here"}},
            "L": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/l", "RetentionInDays": 7}},
            "G": {"Type": "AWS::Scheduler::ScheduleGroup", "Properties": {"Name": "g"}},
        },
        Outputs=outputs,
    )
    found = {one["OutputKey"]: one["OutputValue"] for one in cfn.describe_stacks(StackName="Test")["Stacks"][0]["Outputs"]}
    key, name = found.pop("Key"), found.pop("Role")
    assert found == {
        "Queue": f"https://sqs.{HOME}.amazonaws.com/{ACCOUNT}/q",
        "QueueArn": f"arn:aws:sqs:{HOME}:{ACCOUNT}:q",
        "Topic": f"arn:aws:sns:{HOME}:{ACCOUNT}:t",
        "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
        "KeyArn": f"arn:aws:kms:{HOME}:{ACCOUNT}:key/{key}",
        "Bucket": "bucket-here",
        "BucketArn": "arn:aws:s3:::bucket-here",
        "Logs": f"arn:aws:logs:{HOME}:{ACCOUNT}:log-group:/l:*",
        "Group": "g",
    }
    assert sandbox.client("kms", HOME).get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]


def test_an_unknown_property_fails(deploy_stack):
    with pytest.raises(DeploymentError, match="Unknown parameter"):
        deploy_stack({"A": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmName": "a", "Colour": "red"}}})


def test_changes_reach_the_things_and_keep_what_is_not_said(deploy_stack, sandbox):
    sqs = sandbox.client("sqs", HOME)
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"}]}
    resources = {
        "Q": queue("q", VisibilityTimeout=60),
        "P": {"Type": "AWS::SQS::QueuePolicy", "Properties": {"Queues": [{"Ref": "Q"}], "PolicyDocument": document}},
    }
    deploy_stack(resources)
    deploy_stack(resources | {"Q": queue("q", MessageRetentionPeriod=600)})
    attributes = sqs.get_queue_attributes(QueueUrl=sqs.get_queue_url(QueueName="q")["QueueUrl"], AttributeNames=["All"])["Attributes"]
    assert attributes["VisibilityTimeout"] == "30"
    assert attributes["MessageRetentionPeriod"] == "600"
    assert "Policy" in attributes


def test_functions_change_in_place(deploy_stack, app, sandbox):
    def resources(value, timeout):
        variables = {"Environment": {"Variables": {"VALUE": value}}, "Timeout": timeout}
        return {
            "R": role(),
            "F": function(app.code(main="import os\ndef handler(e, c):\n    return os.environ['VALUE']\n"), "R", "f", **variables),
        }

    deploy_stack(resources("1", 5))
    deploy_stack(resources("2", 9))
    client = sandbox.client("lambda", HOME)
    assert client.get_function_configuration(FunctionName="f")["Timeout"] == 9
    assert json.loads(client.invoke(FunctionName="f")["Payload"].read()) == "2"


def test_policies_of_a_role_change(deploy_stack, sandbox):
    deploy_stack({"R": role((["sqs:*"], "*"))})
    deploy_stack({"R": role((["s3:*"], "*"))})
    iam = sandbox.client("iam", "us-east-1")
    [found] = iam.list_roles()["Roles"]
    document = iam.get_role_policy(RoleName=found["RoleName"], PolicyName="all")["PolicyDocument"]
    assert document["Statement"][0]["Action"] == ["s3:*"]
    deploy_stack({"R": role(logging=())})
    assert iam.list_role_policies(RoleName=found["RoleName"])["PolicyNames"] == []


def test_a_bucket_with_something_in_it_stops_the_deletion(deploy_stack, cfn, sandbox):
    deploy_stack({"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "bucket-here"}}})
    sandbox.client("s3", HOME).put_object(Bucket="bucket-here", Key="a", Body=b"")
    cfn.delete_stack(StackName="Test")
    assert status(cfn) == "DELETE_FAILED"


def test_alarms_rules_filters_and_dashboards(deploy_stack, sandbox):
    alarm = {
        "AlarmName": "a",
        "ComparisonOperator": "GreaterThanThreshold",
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "MetricName": "M",
        "Namespace": "N",
        "Period": 60,
        "Statistic": "Sum",
    }
    transformations = [{"MetricName": "m", "MetricNamespace": "n", "MetricValue": "1"}]

    def resources(threshold):
        return {
            "A": {"Type": "AWS::CloudWatch::Alarm", "Properties": alarm | {"Threshold": threshold}},
            "D": {"Type": "AWS::CloudWatch::Dashboard", "Properties": {"DashboardName": "d", "DashboardBody": "{}"}},
            "L": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/l"}},
            "F": {
                "Type": "AWS::Logs::MetricFilter",
                "Properties": {"LogGroupName": {"Ref": "L"}, "FilterPattern": "x", "MetricTransformations": transformations},
            },
            "M": {"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": "x"}},
        }

    deploy_stack(resources(1))
    deploy_stack(resources(7))
    assert sandbox.client("cloudwatch", HOME).describe_alarms()["MetricAlarms"][0]["Threshold"] == 7
    assert len(sandbox.client("logs", HOME).describe_metric_filters()["metricFilters"]) == 1
