"""Functions that time out or die: none of their code runs any more."""

import gc
import logging
from datetime import timedelta

import pytest

from sandbox.account import Sandbox
from sandbox.faults import read
from tests.sandbox.apps import HOME, App, function, role
from tests.sandbox.worker import CONSUME, body


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


TOGETHER = """
import boto3
from concurrent.futures import ThreadPoolExecutor
ec2 = boto3.client("ec2")
def look():
    return len(ec2.describe_images(Owners=["self"])["Images"])
def handler(event, context):
    if event.get("alone"):
        look()
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(look).result(timeout=20)
"""


@pytest.mark.own
def test_a_function_that_dies_in_a_call_holds_up_no_other_thread(sandbox, app, invoke):
    rights = role(("ec2:DescribeImages", "*"))
    app.stack("Test", {"Role": rights, "Worker": function(app.code(main=TOGETHER), "Role", "worker", Timeout=3)})
    sandbox.deploy(app.write())
    sandbox.faults.play(read('[[die]]\nfunction = "worker"\nservice = "ec2"\noperation = "DescribeImages"\ntimes = 1\n'))
    assert body(invoke({"alone": True}))["errorMessage"].endswith(DIES)
    assert body(invoke({})) == 0


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
