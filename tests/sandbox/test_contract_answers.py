"""The watch that every test of the sandbox is under sees what is wrong with an answer."""

from dataclasses import replace

import pytest

from tests.responses import wrong

pytestmark = pytest.mark.own


@pytest.fixture
def answered(sandbox, home, launch):
    """What is wrong with DescribeInstances' answer once it is changed in one place."""
    launch()
    home.describe_instances()
    call = sandbox.gateway.calls[-1]

    def answered(**changes):
        instance = call.response["Reservations"][0]["Instances"][0] | changes
        return wrong(replace(call, answer=lambda: {"Reservations": [{"Instances": [instance]}]}), sandbox.gateway.operations)

    return answered


def test_what_is_right(answered):
    assert answered() == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"Colour": "red"}, "no such member"),
        ({"AmiLaunchIndex": "0"}, "must be a integer"),
        ({"EbsOptimized": "true"}, "must be a boolean"),
        ({"LaunchTime": "noon"}, "must be a timestamp"),
        ({"Tags": {"Name": "web"}}, "must be a list"),
        ({"State": {"Name": "dancing", "Code": 16}}, "enum value set"),
        ({"Tags": [{"Key": "Name", "Value": None}]}, None),
    ],
)
def test_what_is_wrong(answered, changes, said):
    found = answered(**changes)
    assert (len(found) == 1 and said in found[0]) if said else found == []


def test_a_required_member(sandbox):
    sandbox.client("events", "us-east-1").put_events(Entries=[{"Source": "a", "DetailType": "b", "Detail": "{}"}])
    sandbox.client("cloudformation", "us-east-1").describe_stacks()
    call = replace(sandbox.gateway.calls[-1], answer=lambda: {"Stacks": [{"StackStatus": "CREATE_COMPLETE"}]})
    assert sorted(wrong(call, sandbox.gateway.operations)) == [
        "cloudformation DescribeStacks: Value 'None' at 'Stacks[0].CreationTime' failed to satisfy constraint: Member must not be null",
        "cloudformation DescribeStacks: Value 'None' at 'Stacks[0].StackName' failed to satisfy constraint: Member must not be null",
    ]
