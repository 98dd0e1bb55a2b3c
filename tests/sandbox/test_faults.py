"""Faults by a scenario: what each says, and what each does."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sandbox.faults import ScenarioError, read
from sandbox.gateway import ApiError, UnreachableError
from tests.sandbox.apps import HOME, App, function, role

pytestmark = pytest.mark.own
DOCUMENT = Path(__file__).parents[2] / "docs" / "faults.md"
IMAGES = "EC2 AMI State Change"


@pytest.fixture
def play(sandbox):
    return lambda text: sandbox.faults.play(read(text))


@pytest.fixture
def call(sandbox, taker):
    """Make an EC2 call as a role; the error's code, or None."""

    def call(operation="DescribeImages", region=HOME, service="ec2", caller=taker):
        try:
            sandbox.gateway.call(service, operation, region, {}, caller)
        except ApiError as error:
            return error.code
        except UnreachableError:
            return "unreachable"
        return None

    return call


@pytest.fixture
def at(sandbox):
    """Go to a time of the first or a later day."""

    def at(text, day=2):
        hour, minute = map(int, text.split(":"))
        sandbox.clock.run_until(datetime(2027, 3, day, hour, minute, tzinfo=UTC))

    return at


def test_the_documents_example_has_every_fault_and_is_understood():
    [text] = re.findall(r"```toml\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    scenario = read(text)
    assert all(getattr(scenario, name) for name in type(scenario).model_fields)
    assert (scenario.refuse[0].only, scenario.delay[0].by) == ((3,), timedelta(minutes=20))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[[refuse]", "night.toml: Expected ']]' at the end"),
        (
            "[[dance]]",
            "night.toml: dance: there is no such key; there are refuse, unreachable, lose, delay, double, swap, fail_image, die, impair",
        ),
        ('[[refuse]]\nservice = "ec2"', "night.toml: refuse[1].code: Field required"),
        ('[[unreachable]]\nregion = "eu-west-9"', "unreachable[1].region: there is no region 'eu-west-9'; there is eu-west-3, eu-west-2"),
        ('[[refuse]]\nservice = "ecc2"\ncode = "X"', "refuse[1].service: there is no service 'ecc2'; there is ec2"),
        ('[[refuse]]\noperation = "CopyImage"\ncode = "X"', "refuse[1]: an operation needs its service"),
        ('[[die]]\nservice = "ec2"\noperation = "CopyImages"', "there is no operation of ec2 'CopyImages'; there is CopyImage"),
        ('[[die]]\nservice = "ec2"\noperation = "CopyImage"\nage = 3', "die[1].age: there is no such key; there are times, only, daily"),
        ("[[lose]]\npattern = { source = 3 }", 'lose[1].pattern: EventBridge refuses it: "source" must be an object or an array'),
        ('[[delay]]\npattern = { a = ["b"] }\nby = "soon"', "delay[1].by: 'soon' is no duration; write it as '90 seconds'"),
        ('[[unreachable]]\nregion = "eu-west-1"\ntimes = 0', "unreachable[1].times: Input should be greater than or equal to 1"),
        ('[[unreachable]]\nregion = "eu-west-1"\nonly = [0]', "unreachable[1].only[1]: Input should be greater than or equal to 1"),
        (
            '[[unreachable]]\nregion = "eu-west-1"\ndaily = ["1 o\'clock", "05:00"]',
            "unreachable[1].daily[1]: Input should be in a valid time",
        ),
        ('[[unreachable]]\nregion = "eu-west-1"\nbetween = [2027-03-02T00:00:00Z, 2027-03-01T00:00:00Z]', "is not before 2027-03-01"),
        ('[[unreachable]]\nregion = "eu-west-1"\nbetween = [2027-03-02T00:00:00, 2027-03-03T00:00:00]', "should have timezone info"),
        ('[[fail_image]]\noperation = "RegisterImage"', "fail_image[1].operation: Input should be 'CreateImage' or 'CopyImage'"),
    ],
)
def test_what_is_wrong_with_a_scenario_is_said(text, problem):
    with pytest.raises(ScenarioError, match=re.escape(problem)):
        read(text, "night.toml")


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(ScenarioError) as caught:
        read('[[refuse]]\nservice = "ec2"\n[[unreachable]]\n')
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("when", "struck"),
    [
        ("", [1, 2, 3, 4, 5]),
        ("times = 2", [1, 2]),
        ("only = 3", [3]),
        ("only = [2, 4]", [2, 4]),
        ("only = [2, 4]\ntimes = 3", [2]),
    ],
)
def test_how_often(play, call, when, struck):
    play(f'[[refuse]]\nservice = "ec2"\ncode = "InternalError"\n{when}')
    assert [number for number in range(1, 6) if call()] == struck


@pytest.mark.parametrize(
    ("daily", "refused"),
    [
        ('["01:00", "05:00"]', ["01:00", "04:59"]),
        ('["22:00", "01:00"]', ["00:59", "22:00", "23:00"]),
    ],
)
def test_at_what_time_of_each_day(play, call, at, daily, refused):
    play(f'[[refuse]]\nservice = "ec2"\ncode = "Unavailable"\ndaily = {daily}')
    for day in (2, 3):
        seen = []
        for time in ("00:59", "01:00", "04:59", "05:00", "22:00", "23:00"):
            at(time, day)
            seen += [time] if call() else []
        assert seen == refused


def test_between_two_moments(play, call, at):
    play('[[unreachable]]\nregion = "ap-south-1"\nbetween = [2027-03-02T01:00:00Z, 2027-03-02T05:00:00Z]')
    answers = []
    for time in ("00:59", "01:00", "05:00"):
        at(time)
        answers.append(call())
    assert answers == [None, "unreachable", None]
    assert call(region="eu-west-1") is None


def test_a_refusal_is_about_its_operation_region_and_caller(sandbox, play, call):
    play('[[refuse]]\nservice = "ec2"\noperation = "DescribeImages"\nregion = "ap-south-1"\ncaller = "ta*er"\ncode = "Unavailable"')
    assert call() == "Unavailable"
    assert [call(region="eu-west-1"), call("DescribeTags"), call("ListQueues", service="sqs")] == [None, None, None]
    sandbox.client("ec2", HOME).describe_images()


def test_a_region_that_refuses_everything_from_one_to_five(sandbox, play, call, at):
    play('[[refuse]]\nregion = "ap-south-1"\ncode = "Unavailable"\ndaily = ["01:00", "05:00"]')
    asked = (("DescribeImages", "ec2"), ("CreateImage", "ec2"), ("ListQueues", "sqs"), ("ListBuckets", "s3"), ("ListRules", "rbin"))
    refused = {}
    for time in ("00:59", "01:00", "04:59", "05:00"):
        at(time)
        refused[time] = [operation for operation, service in asked if call(operation, service=service) == "Unavailable"]
        assert call("ListQueues", "eu-west-1", "sqs") is None
    everything = [operation for operation, _ in asked]
    assert refused == {"00:59": [], "01:00": everything, "04:59": everything, "05:00": []}


@pytest.mark.parametrize(
    ("code", "more", "status"), [("UnauthorizedOperation", "", 400), ("InternalError", "", 503), ("X", "status = 418", 418)]
)
def test_the_status_is_the_codes(sandbox, play, code, more, status):
    play(f'[[refuse]]\nservice = "ec2"\ncode = "{code}"\n{more}')
    with pytest.raises(ApiError) as caught:
        sandbox.gateway.call("ec2", "DescribeImages", HOME, {})
    assert caught.value.status == status


def test_scenarios_add_up_until_they_are_cleared(sandbox, play, call):
    play('[[refuse]]\nservice = "ec2"\noperation = "DescribeImages"\ncode = "Unavailable"')
    play('[[refuse]]\nservice = "ec2"\noperation = "DescribeTags"\ncode = "Unavailable"')
    assert (call(), call("DescribeTags")) == ("Unavailable", "Unavailable")
    sandbox.faults.clear()
    assert (call(), call("DescribeTags")) == (None, None)


def emit(sandbox, number, kind="x", region=HOME):
    sandbox.events.emit(region, {"source": "mine", "detail-type": kind, "detail": {"number": number}})


def numbers(sandbox):
    return [event["detail"]["number"] for event in sandbox.events.happened if event["source"] == "mine"]


def test_a_lost_event_never_comes_up(sandbox, play):
    play("[[lose]]\npattern = { detail = { number = [2] } }")
    for number in (1, 2, 3):
        emit(sandbox, number)
    sandbox.clock.run_for(timedelta(days=1))
    assert numbers(sandbox) == [1, 3]


def test_a_late_event_comes_as_it_was(sandbox, play):
    play('[[delay]]\npattern = { detail = { number = [1] } }\nby = "20 minutes"')
    emit(sandbox, 1)
    emit(sandbox, 2)
    sandbox.clock.run_for(timedelta(minutes=19))
    assert numbers(sandbox) == [2]
    sandbox.clock.run_for(timedelta(minutes=1))
    assert numbers(sandbox) == [2, 1]
    assert len({event["time"] for event in sandbox.events.happened if event["source"] == "mine"}) == 1


def test_a_doubled_event_comes_again(sandbox, play):
    play('[[double]]\npattern = { source = ["mine"] }\nafter = "5 minutes"\ntimes = 1')
    emit(sandbox, 1)
    emit(sandbox, 2)
    sandbox.clock.run_for(timedelta(minutes=5))
    assert numbers(sandbox) == [1, 2, 1]
    assert len({event["id"] for event in sandbox.events.happened if event["source"] == "mine"}) == 2


def test_swapped_events_change_places(sandbox, play):
    play("[[swap]]\npattern = { detail = { number = [1, 4] } }")
    emit(sandbox, 1)
    emit(sandbox, 9, kind="another")
    emit(sandbox, 8, region="eu-west-1")
    emit(sandbox, 2)
    emit(sandbox, 3)
    emit(sandbox, 4)
    assert numbers(sandbox) == [9, 8, 2, 1, 3]
    sandbox.clock.run_for(timedelta(minutes=10))
    assert numbers(sandbox) == [9, 8, 2, 1, 3, 4]


def test_what_is_held_back_comes_when_faults_are_cleared(sandbox, play):
    play('[[swap]]\npattern = { source = ["mine"] }')
    emit(sandbox, 1)
    sandbox.faults.clear()
    assert numbers(sandbox) == [1]


def test_a_lost_event_of_ec2s(sandbox, play, take):
    play(f'[[lose]]\npattern = {{ detail-type = ["{IMAGES}"] }}')
    take()
    kinds = {event["detail-type"] for event in sandbox.events.happened}
    assert IMAGES not in kinds
    assert "EBS Snapshot Notification" in kinds


@pytest.mark.parametrize(
    ("fault", "states"),
    [
        ("", ["failed", "failed", "failed"]),
        ('operation = "CreateImage"', ["failed", "failed", "available"]),
        ('operation = "CopyImage"', ["available", "available", "failed"]),
        ('name = "web *"', ["failed", "available", "available"]),
        ('source = "ami-*"', ["available", "available", "failed"]),
        ("times = 1", ["failed", "available", "available"]),
        ("only = 2", ["available", "failed", "available"]),
    ],
)
def test_images_fail(sandbox, play, home, recovery, take, copy, image_of, fault, states):
    source = take("source")
    play(f'[[fail_image]]\nmessage = "Out of luck."\n{fault}')
    images = [image_of(home, take(name)) for name in ("web 1", "db 1")]
    copied = copy(source, "copy")
    sandbox.clock.run_for(timedelta(hours=2))
    images.append(image_of(recovery, copied))
    assert [image["State"] for image in images] == states
    assert {image["StateReason"]["Message"] for image in images if image["State"] == "failed"} == {"Out of luck."}


TAGGING = """
import boto3
def handler(event, context):
    try:
        boto3.client("sqs").create_queue(QueueName=f"made-by-{context.function_name}")
    except Exception as error:
        print("heard", error)
    print("after")
    return "done"
"""


def test_a_function_dies_after_its_call_and_before_it_hears_of_it(sandbox, play, tmp_path):
    app = App(tmp_path)
    code = app.code(main=TAGGING)
    app.stack("Test", {"Role": role((["sqs:*"], "*")), "A": function(code, "Role", "night-a"), "B": function(code, "Role", "night-b")})
    sandbox.deploy(app.write())
    play('[[die]]\nfunction = "*-a"\nservice = "sqs"\noperation = "CreateQueue"\ntimes = 1')
    answers = [sandbox.client("lambda", HOME).invoke(FunctionName=name) for name in ("night-a", "night-b", "night-a")]
    assert [answer.get("FunctionError") for answer in answers] == ["Unhandled", None, None]
    assert json.loads(answers[0]["Payload"].read())["errorType"] == "Runtime.ExitError"
    assert sandbox.functions.logs("night-a").count("after") == 1
    made = sandbox.client("sqs", HOME).list_queues()["QueueUrls"]
    assert {url.rsplit("/", 1)[-1] for url in made} == {"made-by-night-a", "made-by-night-b"}


def test_nobody_dies_of_the_administrators_calls(sandbox, play):
    play('[[die]]\nservice = "sqs"\noperation = "CreateQueue"')
    sandbox.client("sqs", HOME).create_queue(QueueName="mine")


def test_an_instance_that_is_rebooted_does_not_come_up_until_it_boots_anew(sandbox, play):
    ec2 = sandbox.client("ec2", HOME)
    ids = [one["InstanceId"] for one in ec2.run_instances(ImageId="ami-0linux", MinCount=2, MaxCount=2)["Instances"]]
    sandbox.clock.run_for(timedelta(minutes=5))
    play(f'[[impair]]\ninstance = "{ids[0]}"\ntimes = 1')

    def checks_after_a_reboot():
        ec2.reboot_instances(InstanceIds=ids)
        sandbox.clock.run_for(timedelta(minutes=5))
        shown = {one["InstanceId"]: one for one in ec2.describe_instance_status(InstanceIds=ids)["InstanceStatuses"]}
        return [(shown[one]["InstanceStatus"]["Status"], shown[one]["SystemStatus"]["Status"]) for one in ids]

    assert checks_after_a_reboot() == [("impaired", "ok"), ("ok", "ok")]
    filters = [{"Name": "instance-status.status", "Values": ["impaired"]}]
    assert [one["InstanceId"] for one in ec2.describe_instance_status(Filters=filters)["InstanceStatuses"]] == ids[:1]
    assert checks_after_a_reboot() == [("ok", "ok"), ("ok", "ok")]
