"""Functions: isolation, time, timeouts, retries, destinations, deployments in between."""

import gc
import json
import logging
import os
from datetime import timedelta

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox.account import Sandbox
from sandbox.cloudformation.errors import DeploymentError
from sandbox.faults import read
from tests.sandbox.apps import ACCOUNT, HOME, App, att, function, layer_zip, queue, role

CONSUME = (["sqs:*"], "*")
ECHO = (
    "def handler(event, context):\n    return {'got': event, 'by': context.function_name, 'left': context.get_remaining_time_in_millis()}\n"
)


@pytest.fixture
def app(tmp_path):
    return App(tmp_path)


@pytest.fixture
def deploy(sandbox, app):
    def deploy(source, name="worker", **more):
        properties = more.pop("properties", {})
        resources = {"Role": role(CONSUME), "Worker": function(app.code(**source), "Role", name, **properties), **more}
        app.stack("Test", resources)
        sandbox.deploy(app.write())

    return deploy


@pytest.fixture
def layer(sandbox):
    """Publish a layer with packages of these names; its ARN."""

    def layer(*packages, **settings):
        content = {"ZipFile": layer_zip(*packages)}
        return sandbox.client("lambda", HOME).publish_layer_version(LayerName="layer", Content=content, **settings)["LayerVersionArn"]

    return layer


@pytest.fixture
def invoke(sandbox):
    def invoke(event, name="worker", kind="RequestResponse"):
        return sandbox.client("lambda", HOME).invoke(FunctionName=name, Payload=json.dumps(event), InvocationType=kind)

    return invoke


def body(answer):
    return json.loads(answer["Payload"].read())


@pytest.mark.facts("4.5")
def test_invoke_answers_with_what_the_handler_returns(deploy, invoke):
    deploy({"main": ECHO})
    assert body(invoke({"a": 1})) == {"got": {"a": 1}, "by": "worker", "left": 3000}


@pytest.mark.facts("4.3")
@pytest.mark.parametrize(("kind", "status"), [("RequestResponse", 200), ("Event", 202), ("DryRun", 204)])
def test_how_a_function_is_invoked_shows_in_the_status(sandbox, deploy, invoke, kind, status):
    deploy({"main": ECHO})
    answer = invoke({}, kind=kind)
    assert answer["StatusCode"] == answer["ResponseMetadata"]["HTTPStatusCode"] == status
    assert bool(answer["Payload"].read()) == (kind == "RequestResponse")
    [call] = [call for call in sandbox.gateway.calls if call.operation == "Invoke"]
    assert call.response["StatusCode"] == status


@pytest.mark.facts("4.6")
def test_environment_is_the_deployed_one_and_the_process_gets_its_own_back(deploy, invoke, monkeypatch):
    monkeypatch.setenv("OUTSIDE", "1")
    source = "import os\ndef handler(event, context):\n    os.environ['LEFT'] = 'x'\n    return dict(os.environ)\n"
    deploy({"main": source}, properties={"Environment": {"Variables": {"MINE": "yes"}}})
    seen = body(invoke({}))
    assert seen["MINE"] == "yes"
    assert seen["AWS_REGION"] == HOME
    assert seen["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert "OUTSIDE" not in seen
    assert os.environ["OUTSIDE"] == "1"
    assert "LEFT" not in os.environ
    assert "MINE" not in os.environ


@pytest.mark.own
def test_modules_of_two_functions_do_not_meet(sandbox, app, invoke):
    first = app.code(
        main="from functions.core import value\ndef handler(e, c):\n    from functions import late\n    return [value.V, late.L]\n",
        functions__core__value="V = 1\n",
        functions__late="L = 1\n",
    )
    second = app.code(
        main="from functions.core import value\ndef handler(e, c):\n    from functions import late\n    return [value.V, late.L]\n",
        functions__core__value="V = 2\n",
        functions__late="L = 2\n",
    )
    app.stack("Test", {"Role": role(), "A": function(first, "Role", "a"), "B": function(second, "Role", "b")})
    sandbox.deploy(app.write())
    assert [body(invoke({}, name)) for name in ("a", "b", "a", "b")] == [[1, 1], [2, 2], [1, 1], [2, 2]]


WRITING = """
import os, pathlib, sys
import helper
def handler(event, context):
    root = pathlib.Path(os.environ["LAMBDA_TASK_ROOT"])
    seen = [sorted(path.name for path in root.glob("*.py")), helper.VALUE, any(path.stat().st_mode & 0o222 for path in [root, *root.rglob("*")])]
    try:
        (root / "helper.py").write_text("VALUE = 2")
        (root / "more.py").write_text("")
        for compiled in root.rglob("helper.*.pyc"):
            compiled.unlink()
    except OSError:
        pass  # root is not kept from it
    return seen
"""


@pytest.mark.own
def test_code_is_read_only_and_what_root_writes_there_reaches_no_other_environment(app, tmp_path):
    for number in range(2):
        with Sandbox() as sandbox:
            code = app.code(main=WRITING, helper="VALUE = 1\n")
            app.stack("Test", {"Role": role(), **{each.upper(): function(code, "Role", each) for each in ("a", "b")}})
            sandbox.deploy(app.write())
            for name in ("a", "b"):
                seen = body(sandbox.client("lambda", HOME).invoke(FunctionName=name, Payload="{}"))
                assert seen == [["helper.py", "main.py"], 1, False], (number, name)


@pytest.mark.own
def test_packages_without_state_are_loaded_once_for_the_same_source(sandbox, app, invoke):
    """A module that is loaded anew makes an object of its own."""
    sandbox.functions.share({"functions.core"})
    main = (
        "from functions.core import value\nfrom functions import late\ndef handler(e, c):\n    return [id(value.HELD), id(late), value.V]\n"
    )
    code = [
        app.code(
            main=f"{main}# {name}\n",
            functions__core____init__="",
            functions__core__value=f"HELD = object()\nV = {number}\n",
            functions__late="",
        )
        for name, number in (("first", 1), ("second", 1), ("third", 2))
    ]
    app.stack("Test", {"Role": role(), **{f"F{number}": function(each, "Role", f"f{number}") for number, each in enumerate(code)}})
    sandbox.deploy(app.write())
    first, second, third = (body(invoke({}, f"f{number}")) for number in range(3))
    assert first[0] == second[0] != third[0]
    assert first[1] != second[1]
    assert [first[2], second[2], third[2]] == [1, 1, 2]


@pytest.mark.facts("4.6")
def test_prints_are_the_functions_log(sandbox, deploy, invoke, capsys):
    deploy({"main": "import json\ndef handler(e, c):\n    print('hello')\n    print(json.dumps({'a': 1}))\n"})
    invoke({})
    assert sandbox.functions.logs("worker") == ["hello", '{"a": 1}']
    assert sandbox.functions.records("worker") == [{"a": 1}]
    assert capsys.readouterr().out == ""


@pytest.mark.own
def test_sleeping_lets_the_clock_go_on_and_invocations_overlap(sandbox, deploy, invoke):
    source = "import time\ndef handler(e, c):\n    for _ in range(3):\n        print(e['name'], int(time.time()))\n        time.sleep(10)\n"
    deploy({"main": source}, properties={"Timeout": 60})
    begun = int(sandbox.clock.now().timestamp())
    invoke({"name": "a"}, kind="Event")
    sandbox.clock.run_for(timedelta(seconds=5))
    invoke({"name": "b"}, kind="Event")
    sandbox.clock.run_for(timedelta(minutes=1))
    seen = [(line.split()[0], int(line.split()[1]) - begun) for line in sandbox.functions.logs("worker")]
    assert seen == [("a", 0), ("b", 5), ("a", 10), ("b", 15), ("a", 20), ("b", 25)]


@pytest.mark.facts("4.5")
def test_a_function_that_takes_too_long_is_ended(sandbox, deploy, invoke):
    deploy({"main": "import time\ndef handler(e, c):\n    time.sleep(100)\n    print('never')\n"}, properties={"Timeout": 30})
    begun = sandbox.clock.now()
    answer = invoke({})
    assert answer["FunctionError"] == "Unhandled"
    assert "Task timed out after 30.00 seconds" in body(answer)["errorMessage"]
    assert sandbox.clock.now() - begun == timedelta(seconds=30)
    sandbox.clock.run_for(timedelta(minutes=5))
    assert not any("never" in line for line in sandbox.functions.logs("worker"))


STUBBORN = """
import boto3, time
from concurrent.futures import ThreadPoolExecutor
sqs = boto3.client("sqs")
def call():
    sqs.create_queue(QueueName="first")
def in_a_thread():
    with ThreadPoolExecutor(1) as threads:
        threads.submit(call).result()
def handler(event, context):
    for _ in range(3):
        try:
            END
        except BaseException:
            print("caught")
        finally:
            print("finally")
            sqs.create_queue(QueueName="second")
    return "survived"
"""
DIES, TAKES_TOO_LONG = "Error: Runtime exited with error: signal: 9", "Task timed out after 3.00 seconds"


@pytest.mark.facts("4.5")
@pytest.mark.parametrize(
    ("end", "first", "how"),
    [("call()", "first", DIES), ("in_a_thread()", "first", DIES), ("time.sleep(9)", None, TAKES_TOO_LONG)],
    ids=["dies", "dies in a thread", "takes too long"],
)
def test_none_of_a_functions_code_runs_once_it_is_killed(sandbox, app, invoke, end, first, how):
    app.stack("Test", {"Role": role(CONSUME), "Worker": function(app.code(main=STUBBORN.replace("END", end)), "Role", "worker", Timeout=3)})
    sandbox.deploy(app.write())
    sandbox.faults.play(read('[[die]]\nfunction = "worker"\nservice = "sqs"\noperation = "CreateQueue"\ntimes = 1\n'))
    answer = body(invoke({}))
    assert answer["errorMessage"].endswith(how)
    sandbox.clock.run_for(timedelta(minutes=1))
    gc.collect()
    assert [call.parameters["QueueName"] for call in sandbox.gateway.calls if call.operation == "CreateQueue"] == ([first] if first else [])
    assert sandbox.functions.logs("worker") == [answer["errorMessage"]]
    assert sandbox.gateway.trace == ""


@pytest.mark.own
@pytest.mark.parametrize("end", ["call()", "time.sleep(9)"])
def test_a_function_that_is_killed_while_it_is_loaded_leaves_others_loggers(sandbox, app, invoke, layer, end):
    main = (
        f"import boto3, time\nfrom aws_lambda_powertools import Logger\nLogger(service='own')\n"
        f"call = lambda: boto3.client('sqs').list_queues()\n{end}\n"
    )
    resources = {"Role": role(CONSUME), "Worker": function(app.code(main=main), "Role", "worker", Layers=[layer("aws_lambda_powertools")])}
    app.stack("Test", resources)
    sandbox.deploy(app.write())
    others = logging.getLogger("others")
    others.addHandler(logging.StreamHandler())
    sandbox.faults.play(read('[[die]]\nservice = "sqs"\noperation = "ListQueues"\n'))
    assert invoke({})["FunctionError"] == "Unhandled"
    assert logging.getLogger("others") is others
    assert "own" not in logging.Logger.manager.loggerDict


@pytest.mark.own
def test_a_sandbox_that_is_left_runs_none_of_the_code_that_sleeps(tmp_path):
    marks = tmp_path / "marks"
    source = f"import time\ndef handler(e, c):\n    try:\n        time.sleep(9)\n    finally:\n        open({str(marks)!r}, 'w')\n"
    app = App(tmp_path)
    with Sandbox() as sandbox:
        app.stack("Test", {"Role": role(), "Worker": function(app.code(main=source), "Role", "worker", Timeout=60)})
        sandbox.deploy(app.write())
        sandbox.client("lambda", HOME).invoke(FunctionName="worker", InvocationType="Event")
        sandbox.clock.run_for(timedelta(seconds=1))
    del sandbox
    gc.collect()
    assert not marks.exists()


@pytest.mark.facts("4.5")
def test_a_handler_that_raises_is_a_function_error(deploy, invoke):
    deploy({"main": "def handler(e, c):\n    raise ValueError('no')\n"})
    answer = invoke({})
    assert answer["FunctionError"] == "Unhandled"
    assert body(answer)["errorType"] == "ValueError"


@pytest.mark.facts("4.5")
def test_a_module_that_cannot_be_imported_is_a_function_error(deploy, invoke):
    deploy({"main": "import nothing_of_this_name\n"})
    assert body(invoke({}))["errorType"] == "ModuleNotFoundError"


@pytest.mark.facts("4.5")
def test_async_failures_are_tried_three_times_then_go_to_the_destination(sandbox, deploy, invoke):
    settings = {
        "FunctionName": {"Ref": "Worker"},
        "Qualifier": "$LATEST",
        "DestinationConfig": {"OnFailure": {"Destination": att("Failed")}},
    }
    deploy(
        {"main": "import time\ndef handler(e, c):\n    print(int(time.time()))\n    raise ValueError('no')\n"},
        Failed=queue("failed"),
        Config={"Type": "AWS::Lambda::EventInvokeConfig", "Properties": settings},
    )
    begun = int(sandbox.clock.now().timestamp())
    invoke({"a": 1}, kind="Event")
    sandbox.clock.run_for(timedelta(minutes=10))
    times = [int(line) - begun for line in sandbox.functions.logs("worker") if line.isdigit()]
    assert times == [0, 60, 180]
    url = sandbox.client("sqs", HOME).get_queue_url(QueueName="failed")["QueueUrl"]
    [message] = sandbox.client("sqs", HOME).receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    record = json.loads(message["Body"])
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 3
    assert record["requestPayload"] == {"a": 1}
    assert record["responsePayload"]["errorMessage"] == "no"
    assert record["responseContext"]["functionError"] == "Unhandled"


@pytest.mark.own
def test_a_deployment_in_between_leaves_the_running_one_alone(sandbox, deploy, invoke):
    source = (
        "import time\nVERSION = {}\ndef handler(e, c):\n    time.sleep(10)\n    from functions import late\n    print(VERSION, late.L)\n"
    )
    deploy({"main": source.format(1), "functions__late": "L = 1\n"}, properties={"Timeout": 60})
    invoke({}, kind="Event")
    sandbox.clock.run_for(timedelta(seconds=5))
    deploy({"main": source.format(2), "functions__late": "L = 2\n"}, properties={"Timeout": 60})
    invoke({}, kind="Event")
    sandbox.clock.run_for(timedelta(minutes=1))
    assert sandbox.functions.logs("worker") == ["1 1", "2 2"]


@pytest.mark.facts("4.5")
def test_environments_are_reused_and_concurrent_ones_are_not_shared(sandbox, deploy, invoke):
    deploy(
        {"main": "import time\ncount = 0\ndef handler(e, c):\n    global count\n    count += 1\n    time.sleep(e)\n    print(count)\n"},
        properties={"Timeout": 60},
    )
    invoke(5, kind="Event")
    invoke(5, kind="Event")
    sandbox.clock.run_for(timedelta(seconds=10))
    invoke(0)
    assert sandbox.functions.logs("worker") == ["1", "1", "2"]


@pytest.mark.own
def test_default_boto3_session_is_each_functions_own(sandbox, app, invoke):
    source = "import boto3\ndef handler(e, c):\n    return boto3.client('sts').get_caller_identity()['Account'] and boto3.DEFAULT_SESSION.get_credentials().access_key\n"
    resources = {
        "One": role(),
        "Two": role(),
        "A": function(app.code(main=source), "One", "a", Timeout=10),
        "B": function(app.code(main=source), "Two", "b", Timeout=10),
    }
    app.stack("Test", resources)
    sandbox.deploy(app.write())
    assert body(invoke({}, "a")) != body(invoke({}, "b"))


@pytest.mark.own
@pytest.mark.parametrize("service", ["same", "copy"])
def test_loggers_of_two_environments_do_not_meet(service, sandbox, app, invoke, layer, monkeypatch):
    source = "from aws_lambda_powertools import Logger\nlogger = Logger(service='SERVICE')\ndef handler(e, c):\n    logger.append_keys(who=c.function_name)\n    logger.info('hello')\n"
    source = source.replace("SERVICE", service)
    monkeypatch.setattr(logging.getLogger(service), "handlers", [logging.StreamHandler()])
    layers = [layer("aws_lambda_powertools")]
    functions = {each.upper(): function(app.code(main=source), "Role", each, Layers=layers) for each in ("a", "b")}
    app.stack("Test", {"Role": role(), **functions})
    sandbox.deploy(app.write())
    invoke({}, "a")
    invoke({}, "b")
    assert [record["who"] for record in sandbox.functions.records("a") + sandbox.functions.records("b")] == ["a", "b"]


POWERTOOLS = ("aws_lambda_powertools", "pydantic", "jmespath")


@pytest.mark.own
@pytest.mark.parametrize(
    "line",
    [
        "import aws_lambda_powertools.utilities.batch",
        "import aws_lambda_powertools.utilities.batch.types",
        "import aws_lambda_powertools\nfrom aws_lambda_powertools.utilities import batch",
    ],
)
def test_what_environments_share_is_where_each_of_them_imports_it(sandbox, app, invoke, layer, line):
    main = f"{line}\ndef handler(e, c):\n    return aws_lambda_powertools.utilities.batch.BatchProcessor.__name__\n"
    layers = [layer(*POWERTOOLS)]
    functions = {each.upper(): function(app.code(main=f"{main}# {each}\n"), "Role", each, Layers=layers) for each in ("a", "b")}
    app.stack("Test", {"Role": role(), **functions})
    sandbox.deploy(app.write())
    assert [body(invoke({}, name)) for name in ("a", "b", "a")] == ["BatchProcessor"] * 3


@pytest.mark.own
def test_a_function_that_brings_what_others_share_has_its_own(sandbox, app, invoke, layer):
    main = "from aws_lambda_powertools.utilities import batch\ndef handler(e, c):\n    return getattr(batch, 'WHOSE', 'the layer')\n"

    def brings(whose):
        return app.code(main=main, aws_lambda_powertools__utilities__batch=f"WHOSE = {whose!r}\n")

    functions = {
        "A": function(brings("a"), "Role", "a"),
        "B": function(brings("b"), "Role", "b"),
        "C": function(app.code(main=main), "Role", "c", Layers=[layer(*POWERTOOLS)]),
    }
    app.stack("Test", {"Role": role(), **functions})
    sandbox.deploy(app.write())
    assert [body(invoke({}, name)) for name in ("a", "c", "b", "a", "c")] == ["a", "the layer", "b", "a", "the layer"]


@pytest.mark.facts("4.5")
@pytest.mark.parametrize(
    ("packages", "error"), [(None, "No module named 'pydantic'"), (["croniter"], "No module named 'pydantic'"), (["pydantic"], None)]
)
def test_a_function_imports_what_its_layers_have(sandbox, deploy, invoke, layer, packages, error):
    layers = {"Layers": [layer(*packages)]} if packages else {}
    deploy({"main": "import boto3, json, pydantic\ndef handler(e, c):\n    return pydantic.__name__\n"}, properties=layers)
    answer = body(invoke({}))
    assert answer == "pydantic" if error is None else answer["errorMessage"] == error


@pytest.mark.own
def test_a_function_imports_nothing_of_the_sandboxs_machine(deploy, invoke):
    source = "def handler(e, c):\n    from moto import core\n"
    deploy({"main": source})
    assert body(invoke({}))["errorType"] == "ModuleNotFoundError"


@pytest.mark.facts("4.5")
@pytest.mark.parametrize(
    ("built_for", "problem"),
    [
        ({"CompatibleRuntimes": ["python3.12"]}, "built for the runtime python3.12, not for python3.13"),
        ({"CompatibleArchitectures": ["arm64"]}, "built for the architecture arm64, not for x86_64"),
    ],
)
def test_a_layer_for_another_runtime_or_machine_is_refused(deploy, layer, built_for, problem):
    with pytest.raises(Exception, match=problem):
        deploy({"main": ECHO}, properties={"Layers": [layer("pydantic", **built_for)]})


@pytest.mark.facts("4.3")
def test_payloads_have_their_limits(deploy, invoke, refused):
    deploy({"main": "def handler(e, c):\n    return 'x' * e if isinstance(e, int) else len(e)\n"})
    assert body(invoke("x" * 6_291_454)) == 6_291_454
    for size, kind in ((6_291_455, "RequestResponse"), (1_048_575, "Event")):
        with refused("RequestTooLargeException"):
            invoke("x" * size, kind=kind)
    answer = invoke(6_291_555)
    assert answer["FunctionError"] == "Unhandled"
    assert body(answer)["errorType"] == "Function.ResponseSizeTooLarge"


FAILING = {"main": "import time\ndef handler(e, c):\n    print(int(time.time()))\n    raise ValueError('no')\n"}


def invoke_config(**settings):
    settings = {"FunctionName": {"Ref": "Worker"}, "Qualifier": "$LATEST", **settings}
    return {"Type": "AWS::Lambda::EventInvokeConfig", "Properties": settings}


@pytest.mark.facts("4.3")
@pytest.mark.parametrize(
    ("settings", "times"),
    [
        ({}, [0, 60, 180]),
        ({"MaximumRetryAttempts": 1}, [0, 60]),
        ({"MaximumRetryAttempts": 0}, [0]),
        ({"MaximumEventAgeInSeconds": 60}, [0, 60]),
    ],
)
def test_how_often_and_how_long_an_event_is_tried(sandbox, deploy, invoke, settings, times):
    deploy(FAILING, Config=invoke_config(**settings))
    begun = int(sandbox.clock.now().timestamp())
    invoke({}, kind="Event")
    sandbox.clock.run_for(timedelta(hours=1))
    assert [int(line) - begun for line in sandbox.functions.logs("worker") if line.isdigit()] == times


@pytest.mark.facts("4.3")
@pytest.mark.parametrize(
    "settings",
    [
        {"MaximumRetryAttempts": 3},
        {"MaximumEventAgeInSeconds": 21_601},
        {"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:ap-south-1:123456789012:nobodys"}}},
        {"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sns:ap-south-1:123456789012:topic"}}},
    ],
)
def test_settings_of_asynchronous_invocation_that_cannot_be(deploy, settings):
    with pytest.raises(Exception, match="InvalidParameterValueException"):
        deploy(FAILING, Config=invoke_config(**settings))


@pytest.mark.facts("4.5")
def test_a_dead_letter_queue_gets_the_event_itself(sandbox, deploy, invoke):
    deploy(FAILING, Dead=queue("dead"), properties={"DeadLetterConfig": {"TargetArn": att("Dead")}})
    invoke({"a": 1}, kind="Event")
    sandbox.clock.run_for(timedelta(minutes=10))
    sqs = sandbox.client("sqs", HOME)
    [message] = sqs.receive_message(QueueUrl=sqs.get_queue_url(QueueName="dead")["QueueUrl"], MessageAttributeNames=["All"])["Messages"]
    assert message["Body"] == '{"a": 1}'
    assert set(message["MessageAttributes"]) == {"RequestID", "ErrorCode", "ErrorMessage"}


@pytest.mark.facts("4.5")
def test_a_new_account_has_no_concurrency_to_reserve(sandbox, deploy, invoke):
    deploy({"main": ECHO})
    client = sandbox.client("lambda", HOME)
    with pytest.raises(ClientError, match=r"below its minimum value of \[10\]"):
        client.put_function_concurrency(FunctionName="worker", ReservedConcurrentExecutions=1)
    sandbox.functions.concurrency = 1000
    client.put_function_concurrency(FunctionName="worker", ReservedConcurrentExecutions=900)
    with pytest.raises(ClientError, match=r"below its minimum value of \[100\]"):
        client.put_function_concurrency(FunctionName="worker", ReservedConcurrentExecutions=901)


@pytest.mark.facts("4.5")
def test_what_is_over_the_concurrency_waits_or_is_refused(sandbox, deploy, invoke, refused):
    deploy({"main": "import time\ndef handler(e, c):\n    print(int(time.time()))\n    time.sleep(20)\n"}, properties={"Timeout": 60})
    begun = int(sandbox.clock.now().timestamp())
    for _ in range(12):
        invoke({}, kind="Event")
    sandbox.clock.run_for(timedelta(seconds=1))
    with refused("TooManyRequestsException"):
        invoke({})
    sandbox.clock.run_for(timedelta(minutes=5))
    assert [int(line) - begun for line in sandbox.functions.logs("worker")] == [0] * 10 + [31, 31]


ECHOING = """
import boto3, time
def handler(event, context):
    print("round")
    time.sleep(1)
    SEND
"""
LOOPS = {
    "queue": "boto3.client('sqs').send_message(QueueUrl='https://sqs.ap-south-1.amazonaws.com/123456789012/loop', MessageBody='again')",
    "batch": "boto3.client('sqs').send_message_batch(QueueUrl='https://sqs.ap-south-1.amazonaws.com/123456789012/loop', Entries=[{'Id': '1', 'MessageBody': 'again'}])",
    "invoke": "boto3.client('lambda').invoke(FunctionName='worker', InvocationType='Event', Payload='{}')",
    "topic": "boto3.client('sns').publish(TopicArn='arn:aws:sns:ap-south-1:123456789012:loop', Message='again')",
}


@pytest.fixture
def loop(sandbox, app, invoke):
    """A function that feeds itself, started once; how many rounds it made in six hours."""

    def loop(how, **more):
        redrive = {"deadLetterTargetArn": att("Dead"), "maxReceiveCount": 2}
        app.stack(
            "Test",
            {
                "Dead": queue("dead"),
                "Loop": queue("loop", RedrivePolicy=redrive),
                "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "loop"}},
                "Role": role((["sqs:*", "lambda:*", "sns:*"], "*")),
                "Worker": function(app.code(main=ECHOING.replace("SEND", LOOPS[how])), "Role", "worker"),
                "Config": invoke_config(DestinationConfig={"OnFailure": {"Destination": att("Dead")}}),
                "Mapping": {
                    "Type": "AWS::Lambda::EventSourceMapping",
                    "Properties": {"EventSourceArn": att("Loop"), "FunctionName": {"Ref": "Worker"}},
                },
                **more,
            },
        )
        sandbox.deploy(app.write())
        sns = sandbox.client("sns", HOME)
        sns.subscribe(TopicArn=f"arn:aws:sns:{HOME}:123456789012:loop", Protocol="sqs", Endpoint=f"arn:aws:sqs:{HOME}:123456789012:loop")

    return loop


def dead_letters(sandbox):
    sqs = sandbox.client("sqs", HOME)
    return sqs.receive_message(QueueUrl=sqs.get_queue_url(QueueName="dead")["QueueUrl"], MaxNumberOfMessages=10).get("Messages", [])


@pytest.mark.facts("4.3")
@pytest.mark.parametrize("how", LOOPS)
def test_a_function_that_feeds_itself_is_stopped_after_16_rounds(sandbox, loop, invoke, how):
    loop(how)
    invoke({}, kind="Event")
    sandbox.clock.run_for(timedelta(hours=1))
    assert sandbox.functions.logs("worker").count("round") == 16
    [dead] = dead_letters(sandbox)
    assert ("RecursiveInvocation" if how == "invoke" else "again") in dead["Body"]


@pytest.mark.facts("4.3")
def test_each_start_is_a_chain_of_its_own(sandbox, loop, invoke):
    loop("queue")
    for _ in range(3):
        invoke({}, kind="Event")
        sandbox.clock.run_for(timedelta(minutes=5))
    assert sandbox.functions.logs("worker").count("round") == 48
    assert len(dead_letters(sandbox)) == 3


@pytest.mark.facts("4.3")
def test_a_function_may_be_allowed_to_feed_itself(sandbox, loop, invoke):
    loop("invoke")
    client = sandbox.client("lambda", HOME)
    assert client.get_function_recursion_config(FunctionName="worker")["RecursiveLoop"] == "Terminate"
    client.put_function_recursion_config(FunctionName="worker", RecursiveLoop="Allow")
    invoke({}, kind="Event")
    sandbox.clock.run_for(timedelta(seconds=30))
    assert sandbox.functions.logs("worker").count("round") == 31


def refused_role(sandbox, arn):
    with pytest.raises(ClientError) as caught:
        sandbox.client("lambda", HOME).create_function(
            FunctionName="f", Role=arn, Handler="main.handler", Runtime="python3.13", Code={"ZipFile": b"x"}
        )
    assert caught.value.response["Error"] == {
        "Code": "InvalidParameterValueException",
        "Message": "The role defined for the function cannot be assumed by Lambda.",
    }


@pytest.mark.facts("4.5")
def test_a_functions_role_must_trust_lambda(sandbox):
    refused_role(sandbox, f"arn:aws:iam::{ACCOUNT}:role/none")
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    made = sandbox.client("iam", HOME).create_role(RoleName="servers", AssumeRolePolicyDocument=json.dumps(trust))
    refused_role(sandbox, made["Role"]["Arn"])


@pytest.mark.facts("4.5")
def test_a_functions_next_role_must_trust_lambda_too(sandbox, deploy, refused):
    deploy({"main": ECHO})
    client = sandbox.client("lambda", HOME)
    with refused("InvalidParameterValueException"):
        client.update_function_configuration(FunctionName="worker", Role=f"arn:aws:iam::{ACCOUNT}:role/none")
    assert client.update_function_configuration(FunctionName="worker", Timeout=7)["Timeout"] == 7


def variables(**named):
    return {"Environment": {"Variables": named}}


INVALID, MALFORMED = "InvalidParameterValueException", "ValidationException"
UNFIT = [
    ({"Timeout": 901}, INVALID, "'Timeout' value failed to satisfy constraint: Member must have value less than or equal to 900"),
    ({"Timeout": 5401}, MALFORMED, "less than or equal to 5400"),
    ({"MemorySize": 10_241}, INVALID, "less than or equal to 10240"),
    (variables(AB="x" * 4_088), INVALID, "exceeded the 4KB limit"),
    (variables(AB="é" * 2_044), INVALID, "exceeded the 4KB limit"),
    (variables(AWS_REGION=HOME, FINE="1"), INVALID, "Reserved keys used in this request: AWS_REGION"),
    (variables(AWS_LAMBDA_FUNCTION_NAME="f"), INVALID, "Reserved keys used in this request: AWS_LAMBDA_FUNCTION_NAME"),
    *((variables(**{name: "1"}), MALFORMED, "regular expression pattern") for name in ("_HANDLER", "1A", "A", "A-B")),
]


@pytest.mark.facts("4.5")
@pytest.mark.parametrize(("properties", "code", "problem"), UNFIT)
def test_a_configuration_that_no_function_can_have_is_refused(deploy, properties, code, problem):
    with pytest.raises(DeploymentError) as caught:
        deploy({"main": ECHO}, properties=properties)
    assert code in str(caught.value)
    assert problem in str(caught.value)


@pytest.mark.facts("4.5")
@pytest.mark.parametrize(("properties", "code", "problem"), [*UNFIT, ({"MemorySize": 127}, MALFORMED, "greater than or equal to 128")])
def test_a_function_cannot_get_such_a_configuration_later_either(deploy, properties, code, problem):
    deploy({"main": ECHO})
    unchecked = boto3.client("lambda", HOME, config=Config(parameter_validation=False))
    with pytest.raises(ClientError) as caught:
        unchecked.update_function_configuration(FunctionName="worker", **properties)
    assert caught.value.response["Error"]["Code"] == code
    assert problem in caught.value.response["Error"]["Message"]


@pytest.mark.facts("4.5")
@pytest.mark.parametrize(
    "properties", [{"Timeout": 900, "MemorySize": 10_240}, {"MemorySize": 128}, variables(AB="x" * 4_087), variables(TZ=":UTC", PATH="/")]
)
def test_a_function_may_have_what_lambda_allows_at_most(deploy, invoke, properties):
    deploy({"main": ECHO}, properties=properties)
    assert body(invoke({}))["by"] == "worker"


@pytest.mark.facts("4.5")
@pytest.mark.parametrize(
    ("logging", "heard"),
    [
        ((), False),
        (((["logs:PutLogEvents"], "*"),), False),
        (((["logs:CreateLogStream", "logs:PutLogEvents"], f"arn:aws:logs:{HOME}:{ACCOUNT}:log-group:/aws/lambda/other:*"),), False),
        (((["logs:CreateLogStream", "logs:PutLogEvents"], f"arn:aws:logs:{HOME}:{ACCOUNT}:log-group:/aws/lambda/quiet:*"),), True),
    ],
)
def test_what_the_role_may_not_log_is_lost(sandbox, app, logging, heard):
    code = app.code(main="def handler(event, context):\n    print('{}')\n    return 7\n")
    app.stack("Test", {"Role": role(logging=logging), "F": function(code, "Role", "quiet")})
    sandbox.deploy(app.write())
    answer = sandbox.client("lambda", HOME).invoke(FunctionName="quiet", Payload=b"{}")
    assert json.loads(answer["Payload"].read()) == 7
    assert sandbox.functions.records("quiet") == ([{}] if heard else [])
