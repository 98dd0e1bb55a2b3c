"""Change sets: what they would change, and that they change it."""

import json

import pytest

from tests.sandbox.apps import HOME, queue
from tests.sandbox.stacks import status

pytestmark = pytest.mark.facts("12.2")


def test_the_same_again_changes_nothing(deploy_stack, app, sandbox, cfn):
    deploy_stack({"Q": queue("q")})
    before = len(cfn.describe_stack_events(StackName="Test")["StackEvents"])
    sandbox.deploy(app.write())
    assert len(cfn.describe_stack_events(StackName="Test")["StackEvents"]) == before


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
