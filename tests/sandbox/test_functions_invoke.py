"""Invoking functions: what the caller is answered, what is logged, what runs at the same time."""

import time
from datetime import timedelta

import pytest

from sandbox.account import Sandbox
from tests.sandbox.worker import ECHO, body


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


@pytest.mark.own
def test_who_waits_until_so_long_has_passed_gets_there_whatever_clock_he_looks_at(sandbox, deploy, invoke):
    source = """
import time
from time import monotonic
def waited(clock, unit):
    begun, turns = clock(), 0
    while clock() - begun < 12 * unit:
        time.sleep(5)
        turns += 1
    return [turns, (clock() - begun) / unit]
def handler(e, c):
    return [waited(clock, unit) for clock, unit in (
        (monotonic, 1), (time.monotonic, 1), (time.perf_counter, 1), (time.monotonic_ns, 10**9), (time.perf_counter_ns, 10**9))]
"""
    deploy({"main": source}, properties={"Timeout": 100})
    assert body(invoke({})) == [[3, pytest.approx(15, abs=1)]] * 5


@pytest.mark.own
def test_what_a_function_remembers_grows_old_and_its_threads_and_loops_come_to_an_end(sandbox, deploy, invoke):
    source = """
import asyncio, importlib, threading, time
kept = time.monotonic()
def handler(e, c):
    age, ended = time.monotonic() - kept, []
    time.sleep(5)
    until = time.monotonic() + 0.01
    def wait():
        turns = 0
        while time.monotonic() < until and turns < 10**7:
            turns += 1
        ended.append("thread" if turns < 10**7 else "never")
    one = threading.Thread(target=wait)
    one.start()
    one.join()
    asyncio.run(asyncio.sleep(0.01))
    nested = importlib.import_module("greenlet").greenlet(time.monotonic).switch()
    return [age, ended, nested >= until]
"""
    deploy({"main": source}, properties={"Timeout": 100})
    assert body(invoke({})) == [pytest.approx(0, abs=1), ["thread"], True]
    sandbox.clock.run_for(timedelta(hours=2))
    assert body(invoke({})) == [pytest.approx(7205, abs=1), ["thread"], True]


@pytest.mark.own
def test_outside_of_functions_durations_are_the_machines_and_a_sandbox_leaves_pythons_clocks_as_they_were():
    def clocks():
        return [getattr(time, name) for name in ("sleep", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns")]

    before, begun = clocks(), time.monotonic()
    with Sandbox() as sandbox:
        within = clocks()
        sandbox.clock.run_for(timedelta(hours=1))
        assert 0 <= time.monotonic() - begun < 600
        assert isinstance(time.perf_counter_ns(), int)
    assert clocks() == before
    stood = sandbox.clock.now()
    within[0](0.001)  # whoever took it with him sleeps as before, and moves no clock
    assert sandbox.clock.now() == stood
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "sleep", within[0])  # as who puts back what he had found in an open sandbox
        time.sleep(0.001)
    with Sandbox() as sandbox:
        begun = sandbox.clock.now()
        within[0](5)
        assert sandbox.clock.now() - begun == timedelta(seconds=5)


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
