"""AWS::Rbin::Rule: made, changed, locked and deleted with its stack."""

import json
from datetime import timedelta

import pytest

from tests.sandbox.apps import att

pytestmark = pytest.mark.facts("2.3")

LOCK = {"UnlockDelayUnit": "DAYS", "UnlockDelayValue": 7}
WEEK = timedelta(days=7)


def template(days=7, **properties):
    period = {"RetentionPeriodUnit": "DAYS", "RetentionPeriodValue": days}
    rule = {"Type": "AWS::Rbin::Rule", "Properties": {"ResourceType": "EC2_IMAGE", "RetentionPeriod": period, **properties}}
    outputs = {
        name: {"Value": value} for name, value in {"Ref": {"Ref": "Rule"}, "Arn": att("Rule"), "Id": att("Rule", "Identifier")}.items()
    }
    return json.dumps({"Resources": {"Rule": rule}, "Outputs": outputs})


def status(cfn):
    return cfn.describe_stacks(StackName="bin")["Stacks"][0]["StackStatus"]


def only(rbin, kind="EC2_IMAGE"):
    (rule,) = rbin.list_rules(ResourceType=kind)["Rules"]
    return rbin.get_rule(Identifier=rule["Identifier"])


def tags(rbin, rule):
    return {tag["Key"]: tag["Value"] for tag in rbin.list_tags_for_resource(ResourceArn=rule["RuleArn"])["Tags"]}


def test_a_rule_is_made_with_all_it_has(cfn, rbin):
    pairs = [{"ResourceTagKey": "a", "ResourceTagValue": "b"}]
    body = template(Description="all", ExcludeResourceTags=pairs, Tags=[{"Key": "owner", "Value": "me"}])
    cfn.create_stack(StackName="bin", TemplateBody=body)
    rule = only(rbin)
    assert (rule["Description"], rule["ExcludeResourceTags"], tags(rbin, rule)) == ("all", pairs, {"owner": "me"})
    outputs = {each["OutputKey"]: each["OutputValue"] for each in cfn.describe_stacks(StackName="bin")["Stacks"][0]["Outputs"]}
    assert outputs == {"Ref": rule["RuleArn"], "Arn": rule["RuleArn"], "Id": rule["Identifier"]}


@pytest.mark.facts("12.1")
def test_a_rule_is_changed_in_place(cfn, rbin):
    pairs = [{"ResourceTagKey": "a", "ResourceTagValue": "b"}]
    body = template(Description="old", ResourceTags=pairs, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "1"}])
    cfn.create_stack(StackName="bin", TemplateBody=body)
    before = only(rbin)
    cfn.update_stack(StackName="bin", TemplateBody=template(30, Tags=[{"Key": "a", "Value": "2"}]))
    rule = only(rbin)
    assert status(cfn) == "UPDATE_COMPLETE"
    assert (rule["Identifier"], rule["Description"], rule["ResourceTags"]) == (before["Identifier"], "", [])
    assert (rule["RetentionPeriod"]["RetentionPeriodValue"], tags(rbin, rule)) == (30, {"a": "2"})


@pytest.mark.facts("12.1")
def test_another_resource_type_is_another_rule(cfn, rbin):
    cfn.create_stack(StackName="bin", TemplateBody=template())
    cfn.update_stack(StackName="bin", TemplateBody=template(ResourceType="EBS_SNAPSHOT"))
    assert only(rbin, "EBS_SNAPSHOT")["ResourceType"] == "EBS_SNAPSHOT"
    assert rbin.list_rules(ResourceType="EC2_IMAGE")["Rules"] == []


def test_a_stack_with_a_locked_rule_cannot_be_deleted(sandbox, cfn, rbin):
    cfn.create_stack(StackName="bin", TemplateBody=template(LockConfiguration=LOCK))
    cfn.delete_stack(StackName="bin")
    assert status(cfn) == "DELETE_FAILED"
    reasons = [event.get("ResourceStatusReason", "") for event in cfn.describe_stack_events(StackName="bin")["StackEvents"]]
    assert any("ConflictException" in reason for reason in reasons)
    rbin.unlock_rule(Identifier=only(rbin)["Identifier"])
    sandbox.clock.run_for(WEEK)
    cfn.delete_stack(StackName="bin")
    assert rbin.list_rules(ResourceType="EC2_IMAGE")["Rules"] == []


@pytest.mark.facts("12.1")
def test_locks_come_and_go_with_the_template(sandbox, cfn, rbin):
    cfn.create_stack(StackName="bin", TemplateBody=template())
    cfn.update_stack(StackName="bin", TemplateBody=template(LockConfiguration=LOCK))
    assert only(rbin)["LockState"] == "locked"
    cfn.update_stack(StackName="bin", TemplateBody=template())
    assert only(rbin)["LockState"] == "pending_unlock"
    sandbox.clock.run_for(WEEK)
    assert only(rbin)["LockState"] == "unlocked"


@pytest.mark.facts("12.1")
def test_a_locked_rule_is_not_changed(cfn, rbin):
    cfn.create_stack(StackName="bin", TemplateBody=template(LockConfiguration=LOCK))
    cfn.update_stack(StackName="bin", TemplateBody=template(30, LockConfiguration=LOCK))
    assert status(cfn) == "UPDATE_ROLLBACK_COMPLETE"
    assert only(rbin)["RetentionPeriod"]["RetentionPeriodValue"] == 7


def test_a_rule_that_is_gone_already_is_no_trouble(cfn, rbin):
    cfn.create_stack(StackName="bin", TemplateBody=template())
    rbin.delete_rule(Identifier=only(rbin)["Identifier"])
    cfn.delete_stack(StackName="bin")
    assert rbin.list_rules(ResourceType="EC2_IMAGE")["Rules"] == []
