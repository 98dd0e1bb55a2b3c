"""No parameter is ignored in silence: each that botocore's models know is read, refused by name, or declared to have no effect.

That what a test gives is read in fact, every call of every test sees for itself: tests/noted.py.
"""

import inspect
from functools import partial

import pytest
from botocore.exceptions import ClientError
from moto.core.utils import get_service_model

from sandbox import contract
from sandbox.account import Sandbox
from sandbox.gateway import ApiError
from sandbox.missing import refuse
from tests.noted import Noted
from tests.source import Source

pytestmark = pytest.mark.own
ROWS = {(row.service, row.operation): row for row in contract.rows()}
TEMPLATES = ("CreateLaunchTemplate", "CreateLaunchTemplateVersion")
SHOWN = ("CpuOptions", "EnclaveOptions", "HibernationOptions", "MaintenanceOptions", "MetadataOptions")
WHOLE = {
    **{("ec2", name): ("LaunchTemplateData",) for name in TEMPLATES},  # RunInstances reads it
    ("ec2", "RunInstances"): (*SHOWN, "NetworkPerformanceOptions", "Placement", "PrivateDnsNameOptions"),  # describes show it
    ("cloudformation", "CreateChangeSet"): ("OnStackFailure", "RoleARN"),  # ExecuteChangeSet reads them
}
"""What is kept as it was given."""


@pytest.fixture(scope="module")
def models():
    """The input shapes of what the sandbox answers itself, with the functions that answer."""
    operations = Sandbox().gateway.operations.items()
    answered = {key: operation for key, operation in operations if operation is not refuse}
    return {key: (get_service_model(key[0]).operation_model(key[1]).input_shape, operation) for key, operation in answered.items()}


def paths(shape, before="", within=()):
    """A shape's members and theirs, as in `a.b`."""
    if shape is None or shape.name in within:
        return
    if shape.type_name == "list":
        yield from paths(shape.member, before, within)
    elif shape.type_name == "structure":
        for name, member in shape.members.items():
            yield before + name
            yield from paths(member, f"{before}{name}.", (*within, shape.name))


def under(path, names):
    return any(path == name or path.startswith(f"{name}.") for name in names)


def is_end_of(path, whole, paths):
    """Whether a path is what a whole consists of in the end: itself, if it has no members."""
    return under(path, [whole]) and not any(one.startswith(f"{path}.") for one in paths)


def functions(operation):
    """The functions of the sandbox's that answer."""
    found = [operation]
    if isinstance(operation, partial):
        found = [operation.func, *(one for one in operation.args if inspect.isroutine(one))]
    return [one for one in found if one.__module__.startswith("sandbox")]


def test_each_parameter_is_read_or_declared(models):
    source = Source("sandbox")
    silent = []
    for key, (shape, operation) in models.items():
        read = set().union(*(source.reads(function) for function in functions(operation)))
        declared = [*ROWS[key].refused, *ROWS[key].ignored, *WHOLE.get(key, ())]
        there = list(paths(shape))
        silent += [
            f"{key[0]} {key[1]}: {path}"
            for path in there
            if path.rpartition(".")[2] not in read and not all(under(one, declared) for one in there if is_end_of(one, path, there))
        ]
    assert silent == [], "read them, or declare them in sandbox/contract.toml as refused or ignored"


def test_what_is_declared_is_in_the_models(models):
    declared = {key: {*row.refused, *row.ignored} for key, row in ROWS.items() if row.refused or row.ignored}
    assert set(declared) <= set(models), "moto's operations are moto's"
    assert {key: names - set(paths(models[key][0])) for key, names in declared.items() if names - set(paths(models[key][0]))} == {}
    assert [key for key, row in ROWS.items() if sorted(row.refused) != row.refused or sorted(row.ignored) != row.ignored] == []


@pytest.mark.parametrize(
    ("service", "call", "parameters", "named"),
    [
        ("ec2", "stop_instances", {"InstanceIds": ["i-1"], "Hibernate": True}, "Hibernate of StopInstances"),
        ("ec2", "run_instances", {"MinCount": 1, "MaxCount": 1, "Placement": {"HostId": "h-1"}}, "Placement.HostId of RunInstances"),
        (
            "ec2",
            "run_instances",
            {"MinCount": 1, "MaxCount": 1, "BlockDeviceMappings": [{"DeviceName": "a"}, {"Ebs": {"EbsCardIndex": 1}}]},
            "BlockDeviceMappings.Ebs.EbsCardIndex of RunInstances",
        ),
        ("cloudformation", "delete_stack", {"StackName": "s", "RetainResources": ["a"]}, "RetainResources of DeleteStack"),
        ("lambda", "invoke", {"FunctionName": "f", "Qualifier": "1"}, "Qualifier of Invoke"),
        ("events", "put_events", {"Entries": [{"TraceHeader": "x"}]}, "Entries.TraceHeader of PutEvents"),
    ],
)
def test_refused_by_name(sandbox, service, call, parameters, named):
    with pytest.raises(ClientError) as caught:
        getattr(sandbox.client(service, "eu-west-1"), call)(**parameters)
    assert caught.value.response["Error"]["Code"] == "UnsupportedSandboxOperation"
    assert caught.value.response["Error"]["Message"] == f"The sandbox does not have {named}."
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_false_asks_for_nothing(sandbox, home, launch):
    home.stop_instances(InstanceIds=[launch()], Hibernate=False)


def test_refused_in_a_launch_template_too(sandbox, home):
    home.create_launch_template(LaunchTemplateName="one", LaunchTemplateData={"ImageId": "ami-0linux", "KernelId": "aki-1"})
    with pytest.raises(ClientError, match="The sandbox does not have KernelId of RunInstances"):
        home.run_instances(LaunchTemplate={"LaunchTemplateName": "one"}, MinCount=1, MaxCount=1)


def test_one_network_interface(home):
    with pytest.raises(ClientError, match="a second one of NetworkInterfaces of RunInstances"):
        home.run_instances(ImageId="ami-0linux", MinCount=1, MaxCount=1, NetworkInterfaces=[{"DeviceIndex": 0}, {"DeviceIndex": 1}])


@pytest.mark.facts("11.5")
def test_options_are_shown(home, launch):
    given = {
        "CpuOptions": {"CoreCount": 2, "ThreadsPerCore": 1},
        "EnclaveOptions": {"Enabled": True},
        "HibernationOptions": {"Configured": False},
        "MaintenanceOptions": {"AutoRecovery": "disabled"},
        "NetworkPerformanceOptions": {"BandwidthWeighting": "ebs-1"},
        "PrivateDnsNameOptions": {"HostnameType": "ip-name"},
    }
    [reservation] = home.describe_instances(InstanceIds=[launch(**given)])["Reservations"]
    assert {name: reservation["Instances"][0][name] for name in given} == given


def test_without_the_wire(sandbox):
    with pytest.raises(ApiError, match="The sandbox does not have NextToken of ListStacks"):
        sandbox.gateway.call("cloudformation", "ListStacks", "eu-west-1", {"NextToken": "x"})


def test_what_is_not_asked_for_is_noted():
    given = Noted({"A": 1, "B": {"C": [{"D": 1, "E": 2}]}, "F": 3})
    assert (given["A"], given["B"]["C"][0].get("D"), (given | {"G": 1})["G"]) == (1, 1, 1)
    assert list(given.unread()) == ["B.C.E", "F"]
    assert dict(Noted({"A": 1}).items()) == {"A": 1}
