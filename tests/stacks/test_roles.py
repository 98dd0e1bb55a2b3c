"""What each role may do, to the letter; and what none may."""

import pytest

from tests.stories.world import LOCKED, NIGHTLY

ACCOUNT = "123456789012"
HOME = "ap-south-1"
EVERYWHERE = ["ap-south-1", "eu-west-1", "us-east-1"]
DEFAULT_ALIAS = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/nightkeep-ap-south-1"}}
CUSTOM_ALIAS = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/dr"}}
FOR_AWS = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
THROUGH_EC2_AT_HOME = {"StringEquals": {"kms:CallerAccount": ACCOUNT, "kms:ViaService": f"ec2.{HOME}.amazonaws.com"}}
THROUGH_EC2 = {"StringEquals": {"kms:CallerAccount": ACCOUNT, "kms:ViaService": [f"ec2.{region}.amazonaws.com" for region in EVERYWHERE]}}
TYPES = ["EBS_SNAPSHOT", "EC2_IMAGE"]
TAGGED_OURS = {"StringEquals": {"aws:RequestTag/nightkeep:home": HOME}}


def only_in(regions):
    return {"StringEquals": {"aws:RequestedRegion": regions}}


def queues(*parts):
    return {f"arn:aws:sqs:{HOME}:{ACCOUNT}:nightkeep-{HOME}-{part}" for part in parts}


def nights():
    return {f"arn:aws:s3:::nightkeep-{HOME}-{ACCOUNT}-{region}-an/nights/*" for region in EVERYWHERE}


def images(*regions):
    return {f"arn:aws:ec2:{region}::{kind}/*" for region in regions for kind in ("image", "snapshot")}


def rules():
    return {f"arn:aws:rbin:{region}:{ACCOUNT}:rule/*" for region in EVERYWHERE}


def of(kind):
    return {f"arn:aws:ec2:{region}::{kind}/*" for region in EVERYWHERE}


def keys(region, account=ACCOUNT):
    return {f"arn:aws:kms:{region}:{account}:key/*"}


def logs(part):
    resource = f"arn:aws:logs:{HOME}:{ACCOUNT}:log-group:/aws/lambda/nightkeep-{HOME}-{part}:*"
    return ({"logs:CreateLogStream", "logs:PutLogEvents"}, {resource}, {})


def consume(*parts):
    actions = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"}
    return (actions, queues(*parts), {})


INSTANCES = {"ec2:DescribeInstances", "ec2:DescribeVolumes", "ec2:DescribeInstanceCreditSpecifications"}
USE_KEY = {"kms:DescribeKey", "kms:Decrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncrypt*"}
DESCRIBE_KEYS = {
    "DescribeRecoveryKey1": ({"kms:DescribeKey"}, keys("us-east-1"), CUSTOM_ALIAS),
    "DescribeRecoveryKey2": ({"kms:DescribeKey"}, keys("eu-west-1"), DEFAULT_ALIAS),
}
DESCRIBE_IMAGES = ({"ec2:DescribeImages", "ec2:DescribeSnapshots"}, {"*"}, only_in(EVERYWHERE))

STARTED = ("take-images", "sweep", "guard-bin", "retire-images")
TAGGED = {"StringEquals": {"aws:ResourceTag/nightkeep:home": HOME}}
READ_RULES = {
    "ListRules": (
        {"rbin:ListRules"},
        {"*"},
        {"StringEquals": {"aws:RequestedRegion": EVERYWHERE, "rbin:Request/ResourceType": TYPES}},
    ),
    "ReadRules": (
        {"rbin:GetRule", "rbin:ListTagsForResource"},
        rules(),
        {"StringEquals": {"rbin:Attribute/ResourceType": TYPES}},
    ),
}
MEMORY = f"arn:aws:s3:::nightkeep-{HOME}-{ACCOUNT}-{HOME}-an/retire/memory.json"
REFERRING = {
    *{"ec2:DescribeInstances", "ec2:DescribeLaunchTemplates", "ec2:DescribeLaunchTemplateVersions", "ssm:DescribeParameters"},
    *{"ssm:GetParameters", "imagebuilder:ListImageRecipes", "imagebuilder:ListContainerRecipes", "imagebuilder:GetContainerRecipe"},
}
JUDGE = {
    "DescribeInstances": ({"ec2:DescribeInstances"}, {"*"}, only_in([HOME])),
    "DescribeImages": DESCRIBE_IMAGES,
    **DESCRIBE_KEYS,
    "AskWhatRefers": ({"ec2:DescribeImageReferences"}, {"*"}, only_in(EVERYWHERE)),
    "LetEc2Look": (REFERRING, {"*"}, {"ForAnyValue:StringEquals": {"aws:CalledVia": "ec2-images.amazonaws.com"}}),
    "AskWhoMayLaunch": ({"ec2:DescribeImageAttribute"}, of("image"), TAGGED),
    **READ_RULES,
    "ListBins": ({"ec2:ListImagesInRecycleBin"}, {"*"}, only_in(EVERYWHERE)),
    "Recall": ({"s3:GetObject"}, {MEMORY}, {}),
    "ListVault": ({"s3:ListBucket"}, {f"arn:aws:s3:::nightkeep-{HOME}-{ACCOUNT}-{HOME}-an"}, {}),
}

MAY = {
    "take-images": {
        "Log": logs("take-images"),
        "DescribeInstances": (INSTANCES, {"*"}, only_in([HOME])),
        "WriteNights": ({"s3:PutObject"}, nights(), {}),
        "Send": ({"sqs:SendMessage"}, queues("take", "watch", "failed"), {}),
    },
    "follow-images": {
        "Log": logs("follow-images"),
        "DescribeImages": DESCRIBE_IMAGES,
        **DESCRIBE_KEYS,
        "Send": ({"sqs:SendMessage"}, queues("take", "copy-eu-west-1", "copy-us-east-1"), {}),
        "Consume": consume("follow"),
    },
    "follow-tags": {
        "Log": logs("follow-tags"),
        "DescribeInstances": (INSTANCES, {"*"}, only_in([HOME])),
        "WriteNights": ({"s3:PutObject"}, nights(), {}),
        "DescribeImages": ({"ec2:DescribeImages"}, {"*"}, only_in(EVERYWHERE)),
        "Send": ({"sqs:SendMessage"}, queues("take", "retire"), {}),
        "Consume": consume("follow-tags"),
    },
    "sweep": {
        "Log": logs("sweep"),
        "DescribeInstances": (INSTANCES, {"*"}, only_in([HOME])),
        "DescribeEbsKey": ({"kms:DescribeKey"}, keys(HOME), {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/aws/ebs"}}),
        "DescribeImages": DESCRIBE_IMAGES,
        **DESCRIBE_KEYS,
        "WriteNights": ({"s3:PutObject"}, nights(), {}),
        "ReadNights": ({"s3:GetObject"}, nights(), {}),
        "ListVaults": ({"s3:ListBucket"}, {resource.removesuffix("/nights/*") for resource in nights()}, {}),
        "Send": ({"sqs:SendMessage"}, queues("take", "watch", "copy-eu-west-1", "copy-us-east-1", "retire", "failed"), {}),
        "Invoke": ({"lambda:InvokeFunction"}, {f"arn:aws:lambda:{HOME}:{ACCOUNT}:function:nightkeep-{HOME}-take-images"}, {}),
    },
    "guard-bin": {
        "Log": logs("guard-bin"),
        **READ_RULES,
        "CreateRulesAsOurs": (
            {"rbin:CreateRule"},
            rules(),
            {"StringEquals": {"aws:RequestTag/nightkeep:home": HOME, "rbin:Request/ResourceType": TYPES}},
        ),
        "TagWhatIsMade": (
            {"rbin:TagResource"},
            rules(),
            TAGGED_OURS | {"ForAllValues:StringEquals": {"aws:TagKeys": ["nightkeep:home", "nightkeep:created"]}},
        ),
        "ChangeRulesOfOurs": (
            {"rbin:UpdateRule", "rbin:DeleteRule"},
            rules(),
            {"StringEquals": {"aws:ResourceTag/nightkeep:home": HOME, "rbin:Attribute/ResourceType": TYPES}},
        ),
        "Send": ({"sqs:SendMessage"}, queues("failed"), {}),
    },
    "take": {
        "Log": logs("take"),
        "Describe": ({"ec2:DescribeInstances", "ec2:DescribeImages", "ec2:DescribeSnapshots"}, {"*"}, only_in([HOME])),
        "CreateImageOfTagged": (
            {"ec2:CreateImage"},
            {f"arn:aws:ec2:{HOME}:{ACCOUNT}:instance/*"},
            {"Null": {"aws:ResourceTag/Backup": "false"}},
        ),
        "CreateImageOfTaggedNow": (
            {"ec2:CreateImage"},
            {f"arn:aws:ec2:{HOME}:{ACCOUNT}:instance/*"},
            {"Null": {"aws:ResourceTag/Backup:now": "false"}},
        ),
        "CreateImageAsOurs": ({"ec2:CreateImage"}, images(HOME), TAGGED_OURS),
        "TagWhatIsMade": ({"ec2:CreateTags"}, images(HOME), {"StringEquals": {"ec2:CreateAction": "CreateImage"}}),
        "UseHomeKeys": ({"kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext"}, keys(HOME, "*"), THROUGH_EC2_AT_HOME),
        "GrantHomeKeys": ({"kms:CreateGrant"}, keys(HOME, "*"), THROUGH_EC2_AT_HOME | FOR_AWS),
        "Consume": consume("take"),
    },
    "watch": {
        "Log": logs("watch"),
        "Describe": (
            {f"ec2:Describe{what}" for what in ("Instances", "InstanceStatus", "Images", "Snapshots")},
            {"*"},
            only_in([HOME]),
        ),
        "KeepReboots": (
            {"s3:GetObject", "s3:PutObject"},
            {f"arn:aws:s3:::nightkeep-{HOME}-{ACCOUNT}-{HOME}-an/nights/reboots.json"},
            {},
        ),
        "ListVault": ({"s3:ListBucket"}, {f"arn:aws:s3:::nightkeep-{HOME}-{ACCOUNT}-{HOME}-an"}, {}),
        "Send": ({"sqs:SendMessage"}, queues("take"), {}),
        "Consume": consume("watch"),
    },
    "copy": {
        "Log": logs("copy"),
        "Describe": ({"ec2:DescribeImages"}, {"*"}, only_in(EVERYWHERE)),
        "CopyImageFromHome": ({"ec2:CopyImage"}, {f"arn:aws:ec2:{HOME}::image/*"}, only_in(["eu-west-1", "us-east-1"])),
        "CopyImageAsOurs": ({"ec2:CopyImage"}, images("eu-west-1", "us-east-1"), TAGGED_OURS),
        "TagWhatIsMade": (
            {"ec2:CreateTags"},
            images("eu-west-1", "us-east-1"),
            {"StringEquals": {"ec2:CreateAction": "CopyImage"}},
        ),
        "UseRecoveryKey1": (USE_KEY, keys("us-east-1"), CUSTOM_ALIAS),
        "UseRecoveryKey2": (USE_KEY, keys("eu-west-1"), DEFAULT_ALIAS),
        "GrantRecoveryKey1": ({"kms:CreateGrant"}, keys("us-east-1"), CUSTOM_ALIAS | FOR_AWS),
        "GrantRecoveryKey2": ({"kms:CreateGrant"}, keys("eu-west-1"), DEFAULT_ALIAS | FOR_AWS),
        "ReadHomeKeys": ({"kms:DescribeKey", "kms:Decrypt", "kms:ReEncryptFrom"}, keys(HOME, "*"), THROUGH_EC2),
        "GrantHomeKeys": ({"kms:CreateGrant"}, keys(HOME, "*"), THROUGH_EC2 | FOR_AWS),
        "Consume": consume("copy-eu-west-1", "copy-us-east-1"),
    },
    "retire-images": {
        "Log": logs("retire-images"),
        **JUDGE,
        "Remember": ({"s3:PutObject"}, {MEMORY}, {}),
        "Send": ({"sqs:SendMessage"}, queues("retire", "failed"), {}),
    },
    "retire": {
        "Log": logs("retire"),
        **JUDGE,
        "RetireImages": (
            {"ec2:EnableImageDeprecation", "ec2:DisableImage", "ec2:DeregisterImage"},
            of("image"),
            TAGGED,
        ),
        "DeleteSnapshots": ({"ec2:DeleteSnapshot"}, of("snapshot"), TAGGED),
        "MarkAsDisabled": (
            {"ec2:CreateTags"},
            of("image"),
            TAGGED | {"ForAllValues:StringEquals": {"aws:TagKeys": ["nightkeep:disabled-at"]}},
        ),
        "Hold": (
            {"ec2:CreateTags"},
            of("image") | of("snapshot"),
            TAGGED | {"ForAllValues:StringEquals": {"aws:TagKeys": ["nightkeep:hold"]}},
        ),
        "KeepPermissions": ({"s3:PutObject"}, {resource.replace("/nights/", "/permissions/") for resource in nights()}, {}),
        "Consume": consume("retire"),
    },
    "schedules": {
        "Invoke": (
            {"lambda:InvokeFunction"},
            {f"arn:aws:lambda:{HOME}:{ACCOUNT}:function:nightkeep-{HOME}-{part}" for part in STARTED},
            {},
        ),
        "Undelivered": ({"sqs:SendMessage"}, queues("undelivered"), {}),
    },
}


@pytest.mark.parametrize("part", MAY)
def test_each_role_may_do_exactly_this(home, part):
    statements = {
        statement["Sid"]: (set(statement["Action"]), set(statement["Resource"]), statement.get("Condition", {}))
        for statement in home.statements(f"nightkeep-{HOME}-{part}")
    }
    assert statements == MAY[part]


def test_there_is_no_other_role(home):
    assert set(home.named("IAM::Role", "RoleName")) == {f"nightkeep-{HOME}-{part}" for part in MAY}
    assert not home.all("IAM::Policy")
    assert not home.all("IAM::ManagedPolicy")


def test_no_role_has_a_managed_policy(stack):
    assert all("ManagedPolicyArns" not in role["Properties"] for role in stack.all("IAM::Role").values())


def test_rules_are_locked_only_where_the_configuration_says_so_and_unlocked_never(home, synthesize, read_template):
    locking = read_template(synthesize(LOCKED), f"Nightkeep-{HOME}", HOME)
    [changes] = [each["Action"] for each in locking.statements(f"nightkeep-{HOME}-guard-bin") if each["Sid"] == "ChangeRulesOfOurs"]
    assert changes == ["rbin:UpdateRule", "rbin:DeleteRule", "rbin:LockRule"]
    for stack in (home, locking):
        actions = {action for each in stack.statements(f"nightkeep-{HOME}-guard-bin") for action in each["Action"]}
        assert not {"rbin:UnlockRule", "rbin:UntagResource"} & actions
        assert not [action for action in actions if action.startswith("ec2:")]


@pytest.mark.parametrize("planner", ["take-images", "follow-images", "follow-tags", "sweep", "watch", "retire-images"])
def test_planners_cannot_change_ec2(home, planner):
    actions = [action for statement in home.statements(f"nightkeep-{HOME}-{planner}") for action in statement["Action"]]
    assert all(action.startswith(("ec2:Describe", "ec2:List")) for action in actions if action.startswith("ec2:"))


@pytest.mark.parametrize("part", MAY)
def test_everything_is_allowed_by_name_and_held_to_something(home, part):
    for statement in home.statements(f"nightkeep-{HOME}-{part}"):
        assert statement["Effect"] == "Allow"
        assert not {"NotAction", "NotResource"} & set(statement)
        assert [action for action in statement["Action"] if "*" in action] in ([], ["kms:ReEncrypt*"])
        if any(resource.endswith(("*", "image/*", "key/*")) for resource in statement["Resource"]) and "ec2" in statement["Action"][0]:
            assert statement["Condition"]


def test_workers_change_only_what_is_tagged(home):
    changing = {"ec2:CreateImage", "ec2:CopyImage", "ec2:CreateTags"}
    for part in MAY:
        for statement in home.statements(f"nightkeep-{HOME}-{part}"):
            if changing & set(statement["Action"]):
                keys_of_condition = {key for test in statement["Condition"].values() for key in test} - {"aws:TagKeys"}
                assert len(keys_of_condition) == 1, "two conditions on one statement need a resource type that knows both"


def test_events_of_a_recovery_region_may_only_go_home(recovery):
    (statement,) = recovery.statements(f"nightkeep-{HOME}-forward-{recovery.region}")
    assert statement["Action"] == ["events:PutEvents"]
    assert statement["Resource"] == [f"arn:aws:events:{HOME}:{ACCOUNT}:event-bus/default"]


@pytest.mark.parametrize(("role", "service"), [("schedules", "scheduler"), ("take", "lambda")])
def test_only_its_service_assumes_a_role(home, role, service):
    (trust,) = home.named("IAM::Role", "RoleName")[f"nightkeep-{HOME}-{role}"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": f"{service}.amazonaws.com"}
    if service != "lambda":
        assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_without_recovery_regions_nothing_may_leave_the_region(local_assembly, read_template):
    local = read_template(local_assembly, "Nightkeep-eu-west-1", "eu-west-1")
    roles = local.named("IAM::Role", "RoleName")
    assert "nightkeep-eu-west-1-copy" not in roles
    for role in roles:
        for statement in local.statements(role):
            assert not [action for action in statement["Action"] if "Copy" in action]
            assert {":".join(one.split(":")[2:4]) for one in statement["Resource"] if ":kms:" in one} <= {"kms:eu-west-1"}
            assert statement["Resource"], "a statement on nothing is refused by IAM"


def test_who_takes_sees_volumes_only_where_a_policy_leaves_some_out_by_what_they_show(synthesize, read_template):
    leaving = NIGHTLY + "[policies.nightly.volumes.leave_out]\nlarger_than = 500\n"
    seeing = read_template(synthesize(leaving), f"Nightkeep-{HOME}", HOME)
    [sees] = [each["Action"] for each in seeing.statements(f"nightkeep-{HOME}-take") if each["Sid"] == "Describe"]
    assert sees == ["ec2:DescribeInstances", "ec2:DescribeImages", "ec2:DescribeSnapshots", "ec2:DescribeVolumes"]
