"""IAM: what policies say."""

import pytest

from sandbox.iam.conditions import holds
from sandbox.iam.evaluate import Principal, Question, Verdict, context, decide
from tests.sandbox.policies import allow, deny, policy

pytestmark = pytest.mark.facts("5.4")

ALLOW, DENY, SILENT = Verdict.ALLOW, Verdict.DENY, Verdict.SILENT


@pytest.mark.parametrize(
    ("statements", "action", "resource", "expected"),
    [
        ([allow("ec2:CreateImage")], "ec2:CreateImage", "arn:aws:ec2:r:1:instance/i-1", ALLOW),
        ([allow("ec2:createimage")], "ec2:CreateImage", "*", ALLOW),
        ([allow("ec2:Create*")], "ec2:CreateImage", "*", ALLOW),
        ([allow("ec2:Describe*")], "ec2:CreateImage", "*", SILENT),
        ([allow("*"), deny("ec2:CreateImage")], "ec2:CreateImage", "*", DENY),
        ([allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::b/nights/*")], "s3:PutObject", "arn:aws:s3:::b/nights/p/s", ALLOW),
        ([allow("s3:*", "arn:aws:s3:::b/nights/*")], "s3:PutObject", "arn:aws:s3:::b/other", SILENT),
        ([allow("ec2:*", "arn:aws:ec2:*::image/*")], "ec2:CopyImage", "arn:aws:ec2:eu-west-1::image/*", ALLOW),
        ([allow("ec2:*", "arn:aws:ec2:*::image/*")], "ec2:CopyImage", "arn:aws:ec2:eu-west-1::snapshot/*", SILENT),
        ([allow("ec2:*", "arn:aws:ec2:*:*:instance/*")], "ec2:CreateImage", "arn:aws:ec2:eu-west-1:1:instance/i-1", ALLOW),
        ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], "ec2:CreateImage", "*", ALLOW),
        ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], "iam:CreateRole", "*", SILENT),
        ([{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::secret*"}], "s3:GetObject", "arn:aws:s3:::secret/a", SILENT),
        ([{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::secret*"}], "s3:GetObject", "arn:aws:s3:::open/a", ALLOW),
        ([allow("kms:*", "arn:aws:kms:eu-west-1:1:key/*")], "kms:Decrypt", "arn:aws:kms:us-east-1:1:key/k", SILENT),
        ([allow("ec2:Describe*", "arn:aws:ec2:*:*:instance/*")], "ec2:DescribeInstances", "*", SILENT),
        ([allow("ec2:Create?mage")], "ec2:CreateImage", "*", ALLOW),
        ([allow("*"), deny("ec2:*", "arn:aws:ec2:*::image/ami-1")], "ec2:CopyImage", "arn:aws:ec2:eu-west-1::image/ami-2", ALLOW),
        ([allow("*"), {"Effect": "Deny", "NotAction": "ec2:*", "Resource": "*"}], "s3:PutObject", "*", DENY),
        ([allow("*"), {"Effect": "Deny", "NotAction": "ec2:*", "Resource": "*"}], "ec2:CopyImage", "*", ALLOW),
        ([allow("*"), {"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::open*"}], "s3:GetObject", "arn:aws:s3:::a/b", DENY),
    ],
)
def test_decisions(statements, action, resource, expected):
    assert decide([policy(*statements)], Question(action, resource)) is expected


CONTEXT = context(
    {
        "aws:RequestTag/nightkeep:home": "here",
        "aws:TagKeys": ("a", "b"),
        "aws:SecureTransport": True,
        "n": "5",
        "t": "2027-03-01T00:00:00+00:00",
        "arn": "arn:aws:sqs:r:1:q",
        "ip": "10.0.0.1",
        "b": "QUJD",
        "kms:ResourceAliases": ("alias/x", "alias/y"),
    }
)


@pytest.mark.parametrize(
    ("operator", "key", "wanted", "expected"),
    [
        ("StringEquals", "aws:RequestTag/nightkeep:home", ["here"], True),
        ("StringEquals", "AWS:requesttag/nightkeep:home", ["there", "here"], True),
        ("StringEquals", "aws:RequestTag/Nightkeep:home", ["here"], False),
        ("StringNotEquals", "aws:RequestTag/nightkeep:home", ["here"], False),
        ("StringNotEquals", "missing", ["here"], True),
        ("StringLike", "aws:RequestTag/nightkeep:home", ["h?r*"], True),
        ("StringEqualsIgnoreCase", "aws:RequestTag/nightkeep:home", ["HERE"], True),
        ("StringEquals", "missing", ["x"], False),
        ("StringEqualsIfExists", "missing", ["x"], True),
        ("StringEqualsIfExists", "aws:RequestTag/nightkeep:home", ["x"], False),
        ("Bool", "aws:SecureTransport", ["true"], True),
        ("Bool", "aws:SecureTransport", ["false"], False),
        ("Bool", "kms:GrantIsForAWSResource", ["true"], False),
        ("BoolIfExists", "kms:GrantIsForAWSResource", ["true"], True),
        ("Null", "missing", ["true"], True),
        ("Null", "aws:TagKeys", ["false"], True),
        ("Null", "aws:TagKeys", ["true"], False),
        ("NumericLessThan", "n", ["6"], True),
        ("NumericGreaterThanEquals", "n", ["6"], False),
        ("DateGreaterThan", "t", ["2027-02-01T00:00:00Z"], True),
        ("DateLessThan", "t", ["2027-02-01T00:00:00Z"], False),
        ("ArnLike", "arn", ["arn:aws:sqs:*:1:q*"], True),
        ("ArnEquals", "arn", ["arn:aws:sqs:*:1:x"], False),
        ("ArnNotLike", "arn", ["arn:aws:sqs:*:1:x"], True),
        ("IpAddress", "ip", ["10.0.0.0/8"], True),
        ("NotIpAddress", "ip", ["10.0.0.0/8"], False),
        ("ForAnyValue:StringEquals", "kms:ResourceAliases", ["alias/y"], True),
        ("ForAnyValue:StringEquals", "kms:ResourceAliases", ["alias/z"], False),
        ("ForAnyValue:StringEquals", "missing", ["alias/z"], False),
        ("ForAllValues:StringEquals", "aws:TagKeys", ["a", "b", "c"], True),
        ("ForAllValues:StringEquals", "aws:TagKeys", ["a"], False),
        ("ForAllValues:StringEquals", "missing", ["a"], True),
        ("ForAllValues:StringNotEquals", "aws:TagKeys", ["c"], True),
        ("ForAllValues:StringNotEquals", "aws:TagKeys", ["a"], False),
        ("ForAnyValue:StringNotEquals", "aws:TagKeys", ["a"], True),
        ("ForAnyValue:StringNotEquals", "aws:TagKeys", ["a", "b"], False),
        ("ForAnyValue:StringNotEquals", "missing", ["a"], False),
        ("ForAllValues:StringLike", "aws:TagKeys", ["?"], True),
        ("StringNotLike", "aws:RequestTag/nightkeep:home", ["h*"], False),
        ("StringNotEqualsIgnoreCase", "aws:RequestTag/nightkeep:home", ["HERE"], False),
        ("StringNotEqualsIfExists", "missing", ["x"], True),
        ("NumericEquals", "n", ["5.0"], True),
        ("NumericNotEquals", "n", ["5"], False),
        ("NumericLessThanEquals", "n", ["5"], True),
        ("NumericGreaterThan", "n", ["4"], True),
        ("NumericEquals", "arn", ["4"], False),
        ("NumericNotEquals", "arn", ["4"], True),
        ("DateEquals", "t", ["2027-03-01T00:00:00Z"], True),
        ("DateNotEquals", "t", ["2027-03-01"], False),
        ("DateLessThanEquals", "t", ["1803859200"], True),
        ("DateGreaterThanEquals", "t", ["2027-03-02T00:00:00Z"], False),
        ("BinaryEquals", "b", ["QUJD"], True),
        ("BinaryEquals", "b", ["qujd"], False),
        ("ArnNotEquals", "arn", ["arn:aws:sqs:*:1:q"], False),
        ("ArnLike", "arn", ["arn:aws:sqs:*"], False),
        ("IpAddress", "ip", ["192.168.0.0/16", "10.0.0.1"], True),
        ("IpAddress", "n", ["10.0.0.0/8"], False),
    ],
)
def test_conditions(operator, key, wanted, expected):
    assert holds(operator, key, tuple(wanted), CONTEXT) is expected


@pytest.mark.parametrize("operator", ["StringSame", "NullIfExists", "ForSomeValues:StringEquals"])
def test_unknown_operators_are_an_error(operator):
    with pytest.raises(ValueError, match=operator):
        holds(operator, "n", ("5",), CONTEXT)


def test_principals_and_variables():
    document = policy(
        {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": "arn:aws:sqs:r:1:${aws:PrincipalTag/team}",
        }
    )
    tagged = context({"aws:PrincipalTag/team": "a"})
    asked = Question("sqs:SendMessage", "arn:aws:sqs:r:1:a", tagged, Principal(service="events.amazonaws.com"))
    assert decide([document], asked) is ALLOW
    assert decide([document], Question("sqs:SendMessage", "arn:aws:sqs:r:1:a", tagged, Principal(service="sns.amazonaws.com"))) is SILENT
    assert decide([document], Question("sqs:SendMessage", "arn:aws:sqs:r:1:a", {}, Principal(service="events.amazonaws.com"))) is SILENT


@pytest.mark.parametrize(
    ("element", "asker", "expected"),
    [
        ({"Principal": "*"}, Principal(arn="arn:aws:iam::1:role/r"), ALLOW),
        ({"Principal": {"AWS": "arn:aws:iam::1:role/r"}}, Principal("1", "arn:aws:iam::1:role/r"), ALLOW),
        ({"Principal": {"AWS": "arn:aws:iam::1:role/other"}}, Principal("1", "arn:aws:iam::1:role/r"), SILENT),
        ({"Principal": {"AWS": "1"}}, Principal("1", "arn:aws:iam::1:role/r"), ALLOW),
        ({"Principal": {"AWS": "arn:aws:iam::2:root"}}, Principal("1", "arn:aws:iam::1:role/r"), SILENT),
        ({"NotPrincipal": {"AWS": ["arn:aws:iam::1:role/r", "1"]}}, Principal("1", "arn:aws:iam::1:role/r"), SILENT),
        ({"NotPrincipal": {"AWS": "arn:aws:iam::1:role/r"}}, Principal("1", "arn:aws:iam::1:role/r"), ALLOW),
        ({"NotPrincipal": {"AWS": ["arn:aws:iam::1:role/r", "1"]}}, Principal("1", "arn:aws:iam::1:role/other"), ALLOW),
        ({"NotPrincipal": {"Service": "sns.amazonaws.com"}}, Principal(service="sns.amazonaws.com"), SILENT),
    ],
)
def test_who_a_resources_policy_names(element, asker, expected):
    document = policy({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **element})
    assert decide([document], Question("s3:GetObject", "arn:aws:s3:::b/a", principal=asker)) is expected


@pytest.mark.parametrize(
    ("resource", "name", "version", "expected"),
    [
        ("arn:aws:s3:::b/${aws:PrincipalTag/team}", "arn:aws:s3:::b/ops", "2012-10-17", ALLOW),
        ("arn:aws:s3:::b/${aws:PrincipalTag/team}", "arn:aws:s3:::b/ops", "2008-10-17", SILENT),
        ("arn:aws:s3:::b/${aws:PrincipalTag/none}", "arn:aws:s3:::b/", "2012-10-17", SILENT),
        ("arn:aws:s3:::b/${aws:PrincipalTag/none, 'all'}", "arn:aws:s3:::b/all", "2012-10-17", ALLOW),
        ("arn:aws:s3:::b/${*}", "arn:aws:s3:::b/*", "2012-10-17", ALLOW),
        ("arn:aws:s3:::b/${*}", "arn:aws:s3:::b/ops", "2012-10-17", SILENT),
        ("arn:aws:s3:::b/${aws:PrincipalTag/wild}", "arn:aws:s3:::b/ops", "2012-10-17", SILENT),
    ],
)
def test_variables_mean_what_they_stand_for(resource, name, version, expected):
    about = context({"aws:PrincipalTag/team": "ops", "aws:PrincipalTag/wild": "*"})
    assert decide([policy(allow("s3:*", resource), version=version)], Question("s3:GetObject", name, about)) is expected


def test_variables_in_conditions():
    document = policy(allow("s3:*", "*", {"StringEquals": {"s3:prefix": "${aws:PrincipalTag/team}/${*}"}}))
    about = {"aws:PrincipalTag/team": "ops", "s3:prefix": "ops/*"}
    assert decide([document], Question("s3:ListBucket", "arn:aws:s3:::b", context(about))) is ALLOW
    assert decide([document], Question("s3:ListBucket", "arn:aws:s3:::b", context(about | {"s3:prefix": "ops/a"}))) is SILENT
