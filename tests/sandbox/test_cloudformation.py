"""Stacks: made, changed, replaced, rolled back, deleted; and the deployment of cdk.out."""

import json

import pytest
from botocore.exceptions import ClientError

from sandbox.cloudformation.errors import DeploymentError, TemplateError
from sandbox.cloudformation.intrinsics import ABSENT, Scope, references, resolve
from sandbox.cloudformation.template import in_order
from tests.sandbox.apps import ACCOUNT, HOME, RECOVERY, att, function, queue, role

TRUST = {"Version": "2012-10-17", "Statement": []}
pytestmark = pytest.mark.facts("12.1")


@pytest.fixture
def cfn(sandbox):
    return sandbox.client("cloudformation", HOME)


@pytest.fixture
def deploy(sandbox, app):
    def deploy(resources, name="Test", **more):
        app.stack(name, resources, **more)
        sandbox.deploy(app.write())

    return deploy


def status(cfn, name="Test"):
    return cfn.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]


def physical(cfn, logical, name="Test"):
    return cfn.describe_stack_resource(StackName=name, LogicalResourceId=logical)["StackResourceDetail"]["PhysicalResourceId"]


def scope(**values):
    found = {"AWS::Region": HOME, **values}
    return Scope(
        found.__getitem__,
        lambda name, attribute: f"{name}/{attribute}",
        {"x": "exported"}.__getitem__,
        lambda name: f"ssm {name}",
        {"Yes": {"Fn::Equals": ["a", "a"]}, "No": {"Fn::Not": [{"Condition": "Yes"}]}},
        {"M": {"a": {"b": "c"}}},
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "A"}, "one"),
        ({"Fn::GetAtt": ["A", "Arn"]}, "A/Arn"),
        ({"Fn::GetAtt": "A.Deep.Er"}, "A/Deep.Er"),
        ({"Fn::Join": ["-", ["a", {"Ref": "A"}]]}, "a-one"),
        ({"Fn::Sub": "${A} ${A.Arn} ${!literal} ${AWS::Region}"}, f"one A/Arn ${{literal}} {HOME}"),
        ({"Fn::Sub": ["${x}${A}", {"x": {"Ref": "A"}}]}, "oneone"),
        ({"Fn::Select": [1, {"Fn::Split": [",", "a,b"]}]}, "b"),
        ({"Fn::If": ["Yes", 1, 2]}, 1),
        ({"Fn::If": ["No", 1, 2]}, 2),
        ({"a": {"Fn::If": ["No", 1, {"Ref": "AWS::NoValue"}]}, "b": [1, {"Fn::If": ["No", 1, {"Ref": "AWS::NoValue"}]}]}, {"b": [1]}),
        ({"Fn::FindInMap": ["M", "a", "b"]}, "c"),
        ({"Fn::ImportValue": "x"}, "exported"),
        ({"Fn::Base64": "a"}, "YQ=="),
        ({"Fn::ToJsonString": {"a": {"Ref": "A"}}}, '{"a": "one"}'),
        ("{{resolve:ssm:/a/b}}", "ssm /a/b"),
    ],
)
def test_functions(value, expected):
    assert resolve(value, scope(A="one", **{"AWS::NoValue": ABSENT})) == expected


def test_an_unknown_function_is_an_error():
    with pytest.raises(TemplateError, match="Fn::Magic"):
        resolve({"Fn::Magic": 1}, scope())


def test_order_and_circles():
    assert set(references({"a": {"Fn::Sub": "${X.Arn} ${!Y}"}, "b": [{"Ref": "Z"}]})) == {"X", "Z"}
    assert in_order({"A": {"Properties": {"x": {"Ref": "B"}}}, "B": {"DependsOn": "C"}, "C": {}}) == ["C", "B", "A"]
    with pytest.raises(TemplateError, match="Circular"):
        in_order({"A": {"DependsOn": "B"}, "B": {"Properties": {"Ref": "A"}}})


def test_ref_and_attributes_are_what_aws_returns(deploy, cfn, sandbox):
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
    deploy(
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


def test_an_unknown_type_fails_and_what_was_made_is_rolled_back(deploy, cfn, sandbox):
    with pytest.raises(DeploymentError, match="AWS::Made::Up"):
        deploy({"Q": queue("q"), "X": {"Type": "AWS::Made::Up", "DependsOn": "Q"}})
    assert status(cfn) == "ROLLBACK_COMPLETE"
    assert "QueueUrls" not in sandbox.client("sqs", HOME).list_queues()


def test_an_unknown_property_fails(deploy):
    with pytest.raises(DeploymentError, match="Unknown parameter"):
        deploy({"A": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmName": "a", "Colour": "red"}}})


def test_changes_reach_the_things_and_keep_what_is_not_said(deploy, sandbox):
    sqs = sandbox.client("sqs", HOME)
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"}]}
    resources = {
        "Q": queue("q", VisibilityTimeout=60),
        "P": {"Type": "AWS::SQS::QueuePolicy", "Properties": {"Queues": [{"Ref": "Q"}], "PolicyDocument": document}},
    }
    deploy(resources)
    deploy(resources | {"Q": queue("q", MessageRetentionPeriod=600)})
    attributes = sqs.get_queue_attributes(QueueUrl=sqs.get_queue_url(QueueName="q")["QueueUrl"], AttributeNames=["All"])["Attributes"]
    assert attributes["VisibilityTimeout"] == "30"
    assert attributes["MessageRetentionPeriod"] == "600"
    assert "Policy" in attributes


def test_what_hangs_on_a_replaced_resource_changes_too(deploy, cfn, sandbox):
    def resources(name):
        return {
            "Q": queue(name),
            "P": {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/p", "Type": "String", "Value": att("Q", "QueueName")}},
        }

    deploy(resources("first"))
    deploy(resources("second"))
    assert sandbox.client("ssm", HOME).get_parameter(Name="/p")["Parameter"]["Value"] == "second"
    assert [url.rsplit("/", 1)[-1] for url in sandbox.client("sqs", HOME).list_queues()["QueueUrls"]] == ["second"]
    assert status(cfn) == "UPDATE_COMPLETE"


def test_a_failed_update_puts_everything_back(deploy, cfn, sandbox):
    deploy({"Q": queue("q", VisibilityTimeout=60), "Old": queue("old")})
    with pytest.raises(DeploymentError, match="UPDATE_ROLLBACK_COMPLETE"):
        deploy({"Q": queue("q", VisibilityTimeout=90), "New": queue("new"), "X": {"Type": "AWS::Made::Up", "DependsOn": ["Q", "New"]}})
    sqs = sandbox.client("sqs", HOME)
    assert sorted(url.rsplit("/", 1)[-1] for url in sqs.list_queues()["QueueUrls"]) == ["old", "q"]
    url = sqs.get_queue_url(QueueName="q")["QueueUrl"]
    assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]["VisibilityTimeout"] == "60"
    assert {one["LogicalResourceId"] for one in cfn.list_stack_resources(StackName="Test")["StackResourceSummaries"]} == {"Q", "Old"}
    deploy({"Q": queue("q", VisibilityTimeout=90)})
    assert status(cfn) == "UPDATE_COMPLETE"


def test_functions_change_in_place(deploy, app, sandbox):
    def resources(value, timeout):
        variables = {"Environment": {"Variables": {"VALUE": value}}, "Timeout": timeout}
        return {
            "R": role(),
            "F": function(app.code(main="import os\ndef handler(e, c):\n    return os.environ['VALUE']\n"), "R", "f", **variables),
        }

    deploy(resources("1", 5))
    deploy(resources("2", 9))
    client = sandbox.client("lambda", HOME)
    assert client.get_function_configuration(FunctionName="f")["Timeout"] == 9
    assert json.loads(client.invoke(FunctionName="f")["Payload"].read()) == "2"


def test_policies_of_a_role_change(deploy, sandbox):
    deploy({"R": role((["sqs:*"], "*"))})
    deploy({"R": role((["s3:*"], "*"))})
    iam = sandbox.client("iam", "us-east-1")
    [found] = iam.list_roles()["Roles"]
    document = iam.get_role_policy(RoleName=found["RoleName"], PolicyName="all")["PolicyDocument"]
    assert document["Statement"][0]["Action"] == ["s3:*"]
    deploy({"R": role(logging=())})
    assert iam.list_role_policies(RoleName=found["RoleName"])["PolicyNames"] == []


def test_removed_and_retained_resources(deploy, sandbox):
    deploy({"A": queue("a"), "B": queue("b") | {"DeletionPolicy": "Retain"}, "C": queue("c")})
    deploy({"C": queue("c")})
    assert [url.rsplit("/", 1)[-1] for url in sandbox.client("sqs", HOME).list_queues()["QueueUrls"]] == ["b", "c"]


def test_deleting_a_stack(deploy, cfn, sandbox):
    deploy({"A": queue("a"), "B": queue("b") | {"DeletionPolicy": "Retain"}}, terminationProtection=True)
    with pytest.raises(ClientError, match="TerminationProtection"):
        cfn.delete_stack(StackName="Test")
    cfn.update_termination_protection(StackName="Test", EnableTerminationProtection=False)
    stack = cfn.describe_stacks(StackName="Test")["Stacks"][0]["StackId"]
    cfn.delete_stack(StackName="Test")
    cfn.get_waiter("stack_delete_complete").wait(StackName=stack)
    assert [url.rsplit("/", 1)[-1] for url in sandbox.client("sqs", HOME).list_queues()["QueueUrls"]] == ["b"]
    with pytest.raises(ClientError, match="does not exist"):
        cfn.describe_stacks(StackName="Test")


def test_what_a_failed_creation_leaves(deploy, sandbox):
    kept, tidied = {"DeletionPolicy": "Retain"}, {"DeletionPolicy": "RetainExceptOnCreate"}
    with pytest.raises(DeploymentError):
        deploy({"A": queue("a"), "B": queue("b") | kept, "C": queue("c") | tidied, "D": queue("x" * 81) | {"DependsOn": ["A", "B", "C"]}})
    assert [url.rsplit("/", 1)[-1] for url in sandbox.client("sqs", HOME).list_queues()["QueueUrls"]] == ["b"]


def test_a_bucket_with_something_in_it_stops_the_deletion(deploy, cfn, sandbox):
    deploy({"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "bucket-here"}}})
    sandbox.client("s3", HOME).put_object(Bucket="bucket-here", Key="a", Body=b"")
    cfn.delete_stack(StackName="Test")
    assert status(cfn) == "DELETE_FAILED"


@pytest.mark.facts("12.3")
def test_conditions_parameters_and_exports(deploy, cfn, sandbox):
    parameters = {"Version": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/hnb659fds/version"}}
    outputs = {"Q": {"Value": att("Q"), "Export": {"Name": "the-queue"}}, "None": {"Condition": "Never", "Value": "x"}}
    conditions = {"Never": {"Fn::Equals": [{"Ref": "AWS::Region"}, "nowhere"]}}
    deploy(
        {"Q": queue({"Fn::Sub": "q-${Version}"}), "N": queue("never") | {"Condition": "Never"}},
        "First",
        Parameters=parameters,
        Outputs=outputs,
        Conditions=conditions,
    )
    imported = {"P": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Fn::ImportValue": "the-queue"}}}}
    deploy(imported, "Second", needs=["First"])
    [name] = [url.rsplit("/", 1)[-1] for url in sandbox.client("sqs", HOME).list_queues()["QueueUrls"]]
    assert name == "q-30"
    assert sandbox.client("ssm", HOME).get_parameter(Name=physical(cfn, "P", "Second"))["Parameter"]["Value"].endswith(":q-30")
    assert cfn.list_exports()["Exports"][0]["Name"] == "the-queue"


def test_stacks_go_to_their_regions_in_order(deploy, app, sandbox):
    app.stack("Late", {"Q": queue("late")}, needs=["Early"])
    deploy({"Q": queue("early")}, "Early", region=RECOVERY, tags={"a": "b"})
    deployed = [call.parameters["StackName"] for call in sandbox.gateway.calls if call.operation == "CreateStack"]
    assert deployed == ["Early", "Late"]
    assert sandbox.client("cloudformation", RECOVERY).describe_stacks()["Stacks"][0]["Tags"] == [{"Key": "a", "Value": "b"}]
    sandbox.client("s3", RECOVERY).head_bucket(Bucket=f"cdk-hnb659fds-assets-{ACCOUNT}-{RECOVERY}")


@pytest.mark.facts("12.2")
def test_the_same_again_changes_nothing(deploy, app, sandbox, cfn):
    deploy({"Q": queue("q")})
    before = len(cfn.describe_stack_events(StackName="Test")["StackEvents"])
    sandbox.deploy(app.write())
    assert len(cfn.describe_stack_events(StackName="Test")["StackEvents"]) == before


@pytest.mark.facts("12.2")
def test_change_sets(cfn, sandbox):
    def propose(name, kind, **resources):
        cfn.create_change_set(StackName="S", ChangeSetName=name, ChangeSetType=kind, TemplateBody=json.dumps({"Resources": resources}))
        return cfn.describe_change_set(StackName="S", ChangeSetName=name)

    assert propose("one", "CREATE", Q=queue("q"))["Status"] == "CREATE_COMPLETE"
    assert status(cfn, "S") == "REVIEW_IN_PROGRESS"
    cfn.execute_change_set(StackName="S", ChangeSetName="one")
    cfn.get_waiter("stack_create_complete").wait(StackName="S")
    same = propose("two", "UPDATE", Q=queue("q"))
    assert (same["Status"], same["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    changes = propose("three", "UPDATE", Q=queue("q", DelaySeconds=3), R=queue("r"))["Changes"]
    assert {(one["ResourceChange"]["Action"], one["ResourceChange"]["LogicalResourceId"]) for one in changes} == {
        ("Modify", "Q"),
        ("Add", "R"),
    }
    cfn.execute_change_set(StackName="S", ChangeSetName="three")
    assert status(cfn, "S") == "UPDATE_COMPLETE"
    assert len(sandbox.client("sqs", HOME).list_queues()["QueueUrls"]) == 2


@pytest.mark.facts("12.2")
@pytest.mark.parametrize(
    ("resource", "ends"),
    [
        ({"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "nights"}}, "ROLLBACK_COMPLETE"),
        (queue("nights"), "CREATE_COMPLETE"),  # kinder
    ],
)
def test_what_exists_already_is_not_imported(cfn, sandbox, resource, ends):
    sandbox.client("logs", HOME).create_log_group(logGroupName="nights")
    sandbox.client("sqs", HOME).create_queue(QueueName="nights")
    template = json.dumps({"Resources": {"Mine": {**resource, "DeletionPolicy": "Retain"}}})
    cfn.create_change_set(StackName="S", ChangeSetName="one", ChangeSetType="CREATE", TemplateBody=template, ImportExistingResources=True)
    cfn.execute_change_set(StackName="S", ChangeSetName="one")
    assert status(cfn, "S") == ends


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


def test_alarms_rules_filters_and_dashboards(deploy, sandbox):
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

    deploy(resources(1))
    deploy(resources(7))
    assert sandbox.client("cloudwatch", HOME).describe_alarms()["MetricAlarms"][0]["Threshold"] == 7
    assert len(sandbox.client("logs", HOME).describe_metric_filters()["metricFilters"]) == 1
