"""Recycle Bin API reference: rules, their tags, quotas and errors."""

from datetime import timedelta

import pytest

from sandbox.gateway import ApiError
from tests.sandbox.conftest import HOME, RECOVERY

pytestmark = pytest.mark.facts("2.1")

DAYS = "RetentionPeriodValue"
NO_RULE = "abcdefghijk"


@pytest.fixture
def create(rbin):
    def create(resource_type="EBS_SNAPSHOT", days=7, **parameters):
        return rbin.create_rule(ResourceType=resource_type, RetentionPeriod=period(days), **parameters)

    return create


@pytest.fixture
def refused_with(refused):
    """A block in which a call is refused with a code, a reason and a status."""

    def refused_with(code, reason, status):
        return Refusal(refused(code), reason, status)

    return refused_with


class Refusal:
    def __init__(self, block, reason, status):
        self._block, self._expected = block, (reason, status)

    def __enter__(self):
        self._caught = self._block.__enter__()

    def __exit__(self, *error):
        ended = self._block.__exit__(*error)
        response = self._caught.value.response
        assert (response["Reason"], response["ResponseMetadata"]["HTTPStatusCode"]) == self._expected
        assert response["Message"] == response["Error"]["Message"] != ""
        return ended


def period(days):
    return {DAYS: days, "RetentionPeriodUnit": "DAYS"}


def pairs(**tags):
    return [{"ResourceTagKey": key, "ResourceTagValue": value} for key, value in tags.items()]


def without_metadata(answer):
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def identifiers(rules):
    return [rule["Identifier"] for rule in rules]


def test_a_rule_is_shown_as_it_was_created(rbin, create):
    created = create(Description="All of them", Tags=[{"Key": "owner", "Value": "me"}])
    identifier, arn = created["Identifier"], created["RuleArn"]
    assert created["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert (len(identifier), arn) == (11, f"arn:aws:rbin:{HOME}:123456789012:rule/{identifier}")
    shown = {
        "Identifier": identifier,
        "RuleArn": arn,
        "Description": "All of them",
        "ResourceType": "EBS_SNAPSHOT",
        "RetentionPeriod": period(7),
        "ResourceTags": [],
        "ExcludeResourceTags": [],
        "Status": "pending",
    }
    assert without_metadata(created) == shown | {"Tags": [{"Key": "owner", "Value": "me"}]}
    assert without_metadata(rbin.get_rule(Identifier=identifier)) == shown


def test_a_rule_is_pending_then_available(sandbox, rbin, create):
    identifier = create()["Identifier"]
    sandbox.clock.run_for(timedelta(minutes=1))
    assert rbin.get_rule(Identifier=identifier)["Status"] == "available"


def test_a_list_leaves_out_status_tags_and_exclusions(rbin, create):
    create(ResourceTags=pairs(a="b"), Tags=[{"Key": "k", "Value": "v"}])
    create("EC2_IMAGE")
    (rule,) = rbin.list_rules(ResourceType="EBS_SNAPSHOT")["Rules"]
    assert set(rule) == {"Identifier", "Description", "RetentionPeriod", "RuleArn"}


def test_rules_are_regional(sandbox, rbin, create, refused_with):
    identifier = create()["Identifier"]
    elsewhere = sandbox.client("rbin", RECOVERY)
    assert elsewhere.list_rules(ResourceType="EBS_SNAPSHOT")["Rules"] == []
    with refused_with("ResourceNotFoundException", "RULE_NOT_FOUND", 404):
        elsewhere.get_rule(Identifier=identifier)


def test_the_same_rule_can_be_created_twice(rbin, create):
    assert create()["Identifier"] != create()["Identifier"]
    assert len(rbin.list_rules(ResourceType="EBS_SNAPSHOT")["Rules"]) == 2


def test_lists_come_in_pages(rbin, create):
    created = [create()["Identifier"] for _ in range(5)]
    pages = list(rbin.get_paginator("list_rules").paginate(ResourceType="EBS_SNAPSHOT", PaginationConfig={"PageSize": 2}))
    assert [len(page["Rules"]) for page in pages] == [2, 2, 1]
    assert identifiers(rule for page in pages for rule in page["Rules"]) == created


def test_a_page_goes_on_where_the_one_before_ended_whatever_was_deleted(rbin, create):
    first, second, third = (create()["Identifier"] for _ in range(3))
    token = rbin.list_rules(ResourceType="EBS_SNAPSHOT", MaxResults=1)["NextToken"]
    rbin.delete_rule(Identifier=first)
    assert identifiers(rbin.list_rules(ResourceType="EBS_SNAPSHOT", NextToken=token)["Rules"]) == [second, third]


@pytest.mark.parametrize("token", ["bm90IG9uZQ==", "x"])
def test_a_token_that_is_none_is_refused(rbin, refused_with, token):
    with refused_with("ValidationException", "INVALID_PAGE_TOKEN", 400):
        rbin.list_rules(ResourceType="EBS_SNAPSHOT", NextToken=token)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"ResourceTags": pairs(a="1")}, ["tags"]),
        ({"ResourceTags": pairs(a="1", b="2")}, ["tags"]),
        ({"ResourceTags": pairs(a="2")}, []),
        ({"ExcludeResourceTags": pairs(c="3")}, ["exclusions"]),
        ({"LockState": "locked"}, ["locked"]),
        ({"LockState": "unlocked"}, []),
        ({}, ["tags", "exclusions", "locked"]),
    ],
)
def test_lists_are_filtered(rbin, create, filters, expected):
    create(Description="tags", ResourceTags=pairs(a="1", b="2"))
    create(Description="exclusions", ExcludeResourceTags=pairs(c="3"))
    create(Description="locked", LockConfiguration={"UnlockDelay": {"UnlockDelayValue": 7, "UnlockDelayUnit": "DAYS"}})
    rules = rbin.list_rules(ResourceType="EBS_SNAPSHOT", **filters)["Rules"]
    assert [rule["Description"] for rule in rules] == expected


def test_only_what_is_named_is_updated(rbin, create):
    identifier = create(days=7, Description="old", ResourceTags=pairs(a="1"))["Identifier"]
    updated = rbin.update_rule(Identifier=identifier, RetentionPeriod=period(30), ResourceType="EBS_SNAPSHOT")
    assert (updated["RetentionPeriod"][DAYS], updated["Description"], updated["ResourceTags"]) == (30, "old", pairs(a="1"))
    rbin.update_rule(Identifier=identifier, Description="new", ResourceTags=pairs(a="2"))
    rule = rbin.get_rule(Identifier=identifier)
    assert (rule["RetentionPeriod"][DAYS], rule["Description"], rule["ResourceTags"]) == (30, "new", pairs(a="2"))


def test_a_deleted_rule_is_gone(rbin, create, refused_with):
    identifier = create()["Identifier"]
    assert rbin.delete_rule(Identifier=identifier)["ResponseMetadata"]["HTTPStatusCode"] == 204
    for operation in (rbin.get_rule, rbin.delete_rule, rbin.update_rule, rbin.unlock_rule):
        with refused_with("ResourceNotFoundException", "RULE_NOT_FOUND", 404):
            operation(Identifier=identifier)


@pytest.mark.parametrize(
    ("resource_type", "days", "is_allowed"),
    [
        ("EBS_SNAPSHOT", 1, True),
        ("EBS_SNAPSHOT", 365, True),
        ("EBS_SNAPSHOT", 366, False),
        ("EC2_IMAGE", 365, True),
        ("EC2_IMAGE", 366, False),
        ("EBS_VOLUME", 7, True),
        ("EBS_VOLUME", 8, False),
    ],
)
def test_how_long_a_rule_can_keep(create, refused_with, resource_type, days, is_allowed):
    if is_allowed:
        assert create(resource_type, days)["RetentionPeriod"][DAYS] == days
        return
    with refused_with("ValidationException", "INVALID_PARAMETER_VALUE", 400):
        create(resource_type, days)


@pytest.mark.parametrize(
    "parameters",
    [
        {"ResourceType": "EBS_LOCAL"},
        {"RetentionPeriod": {DAYS: 7, "RetentionPeriodUnit": "WEEKS"}},
        {"RetentionPeriod": period(3651)},
        {"Description": "two\nlines"},
        {"Description": "x" * 256},
        {"ResourceTags": pairs(**{f"k{number}": "v" for number in range(51)})},
        {"ResourceTags": pairs(**{"k" * 129: "v"})},
        {"ResourceTags": pairs(k="v" * 257)},
        {"ExcludeResourceTags": pairs(**{f"k{number}": "v" for number in range(6)})},
        {"ResourceTags": pairs(a="1"), "ExcludeResourceTags": pairs(b="2")},
        {"LockConfiguration": {"UnlockDelay": {"UnlockDelayValue": 31, "UnlockDelayUnit": "DAYS"}}},
        {"Tags": [{"Key": "not*allowed", "Value": "v"}]},
        {"Tags": [{"Key": "aws:reserved", "Value": "v"}]},
    ],
)
def test_rules_that_cannot_be(rbin, refused, parameters):
    with refused("ValidationException"):
        rbin.create_rule(**({"ResourceType": "EBS_SNAPSHOT", "RetentionPeriod": period(7)} | parameters))
    assert rbin.list_rules(ResourceType="EBS_SNAPSHOT")["Rules"] == []


def test_updates_are_held_to_the_same_rules(rbin, create, refused_with):
    identifier = create(ResourceTags=pairs(a="1"))["Identifier"]
    for parameters in ({"RetentionPeriod": period(366)}, {"ExcludeResourceTags": pairs(b="2")}, {"ResourceType": "EC2_IMAGE"}):
        with refused_with("ValidationException", "INVALID_PARAMETER_VALUE", 400):
            rbin.update_rule(Identifier=identifier, **parameters)


def test_there_are_250_rules_in_a_region(sandbox, create, refused_with):
    for number in range(250):
        create("EC2_IMAGE" if number % 2 else "EBS_SNAPSHOT")
    with refused_with("ServiceQuotaExceededException", "SERVICE_QUOTA_EXCEEDED", 402):
        create()
    sandbox.client("rbin", RECOVERY).create_rule(ResourceType="EBS_SNAPSHOT", RetentionPeriod=period(1))


def test_a_resource_tag_is_in_five_rules(rbin, create, refused_with):
    rules = [create(kind, ResourceTags=pairs(a="1")) for kind in ("EBS_SNAPSHOT", "EC2_IMAGE") * 2 + ("EC2_IMAGE",)]
    other = create(ResourceTags=pairs(a="2"))
    with refused_with("ServiceQuotaExceededException", "SERVICE_QUOTA_EXCEEDED", 402):
        create(ResourceTags=pairs(a="1"))
    with refused_with("ServiceQuotaExceededException", "SERVICE_QUOTA_EXCEEDED", 402):
        rbin.update_rule(Identifier=other["Identifier"], ResourceTags=pairs(a="1"))
    rbin.update_rule(Identifier=rules[0]["Identifier"], ResourceTags=pairs(a="1", b="1"))
    rbin.delete_rule(Identifier=rules[0]["Identifier"])
    create(ResourceTags=pairs(a="1"))


def test_fifty_resource_tags_are_allowed(create):
    assert len(create(ResourceTags=pairs(**{f"k{number}": "v" for number in range(50)}))["ResourceTags"]) == 50


def test_rules_have_tags_of_their_own(rbin, create):
    arn = create(Tags=[{"Key": "a", "Value": "1"}])["RuleArn"]
    rbin.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "2"}, {"Key": "b/c", "Value": ""}])
    assert rbin.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "2"}, {"Key": "b/c", "Value": ""}]
    rbin.untag_resource(ResourceArn=arn, TagKeys=["a", "never there"])
    assert rbin.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "b/c", "Value": ""}]


def test_a_rule_has_50_tags(rbin, create, refused_with):
    arn = create(Tags=[{"Key": f"k{number}", "Value": "v"} for number in range(50)])["RuleArn"]
    rbin.tag_resource(ResourceArn=arn, Tags=[{"Key": "k0", "Value": "w"}])
    with refused_with("ServiceQuotaExceededException", "SERVICE_QUOTA_EXCEEDED", 402):
        rbin.tag_resource(ResourceArn=arn, Tags=[{"Key": "one more", "Value": "v"}])


@pytest.mark.parametrize("region", [HOME, RECOVERY])
def test_tags_of_a_rule_that_is_not_there(rbin, refused_with, region):
    with refused_with("ResourceNotFoundException", "RULE_NOT_FOUND", 404):
        rbin.list_tags_for_resource(ResourceArn=f"arn:aws:rbin:{region}:123456789012:rule/{NO_RULE}")


def test_a_tag_of_another_regions_rule_is_not_found_here(sandbox, create, refused_with):
    arn = create()["RuleArn"]
    with refused_with("ResourceNotFoundException", "RULE_NOT_FOUND", 404):
        sandbox.client("rbin", RECOVERY).tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "b"}])


@pytest.mark.facts("2.4")
def test_a_role_needs_the_permission(sandbox, create, taker):
    create()
    parameters = {"ResourceType": "EBS_SNAPSHOT"}
    assert len(sandbox.gateway.call("rbin", "ListRules", HOME, parameters, taker)["Rules"]) == 1
    sandbox.client("iam", "us-east-1").delete_role_policy(RoleName="taker", PolicyName="everything")
    with pytest.raises(ApiError, match="rbin:ListRules"):
        sandbox.gateway.call("rbin", "ListRules", HOME, parameters, taker)
