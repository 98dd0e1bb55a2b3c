"""Functions in processes: AWS's runtime client, on the sandbox's clock."""

import json
import sys
from datetime import timedelta

import pytest

from sandbox.functions.processes import packages


@pytest.mark.facts("4.6")
@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone can hold a process to an amount of memory that it is told later.")
def test_a_function_has_the_memory_that_it_is_deployed_with(host):
    environment = host.environment("def handler(event, context):\n    return len(bytearray(event * 2**20))\n")
    assert host.run(environment, 16) == (16 * 2**20, None, True)
    answer, error, _ = host.run(environment, 128)
    assert (answer["errorType"], error) == ("MemoryError", "Unhandled")


@pytest.mark.facts("4.6")
def test_a_handler_sees_what_lambda_shows_it_on_the_sandboxs_clock(host, monkeypatch):
    source = """
import os, sys, time, datetime
def handler(event, context):
    variables = {name: os.environ.get(name) for name in ("MINE", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL", "HOME_OF_OTHERS")}
    return {"event": event, "left": context.get_remaining_time_in_millis(), "now": datetime.datetime.now(datetime.UTC).isoformat()[:19],
            "id": context.aws_request_id, "arn": context.invoked_function_arn, "cwd": os.getcwd() == os.environ["LAMBDA_TASK_ROOT"], **variables}
"""
    monkeypatch.setenv("HOME_OF_OTHERS", "elsewhere")
    answer, error, reusable = host.run(host.environment(source, MINE="yes"), {"a": "ü"})
    assert (error, reusable) == (None, True)
    assert 2000 < answer.pop("left") <= 3000
    assert answer == {
        "event": {"a": "ü"},
        "now": "2027-03-01T12:00:00",
        "id": "request",
        "arn": "arn:aws:lambda:eu-west-1:123456789012:function:tiny",
        "cwd": True,
        "MINE": "yes",
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "ASIATINY",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
        "HOME_OF_OTHERS": None,
    }


@pytest.mark.facts("4.5")
def test_only_the_layers_packages_are_there(host):
    source = """
import importlib.util
def handler(event, context):
    return [name for name in event if importlib.util.find_spec(name)]
"""
    assert host.run(host.environment(source), ["boto3", "pydantic", "moto", "aws_cdk", "sandbox", "functions"])[0] == ["boto3"]


@pytest.mark.facts("4.5", "4.6")
def test_a_process_is_kept_and_its_lines_are_all_there_when_it_has_answered(host):
    source = """
import json, logging, sys
count = 0
def handler(event, context):
    global count
    count += 1
    print(json.dumps({"count": count}))
    print("x" * 200_000)
    sys.stderr.write("no line end")
    return count
"""
    environment = host.environment(source)
    assert [host.run(environment, request_id=name)[0] for name in ("one", "two")] == [1, 2]
    assert host.lines == [
        (name, text) for name, count in (("one", 1), ("two", 2)) for text in (f'{{"count": {count}}}', "x" * 200_000, "no line end")
    ]


@pytest.mark.facts("4.6")
def test_what_a_handler_raises_is_its_answer(host):
    environment = host.environment("def handler(event, context):\n    raise ValueError('no')\n")
    answer, error, reusable = host.run(environment)
    assert (answer["errorType"], answer["errorMessage"], answer["requestId"]) == ("ValueError", "no", "request")
    assert (error, reusable) == ("Unhandled", True)
    assert host.lines[0][0] == "request"
    assert host.lines[0][1].startswith("[ERROR] ValueError: no\rTraceback")


@pytest.mark.facts("4.6")
@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("import nothing_of_this_name", "Runtime.ImportModuleError"),
        ("raise ValueError('no')", "ValueError"),
        ("x = 1", "Runtime.HandlerNotFound"),
        ("def", "Runtime.UserCodeSyntaxError"),
    ],
)
def test_a_function_that_does_not_start_says_why(source, kind, host):
    answer, error, reusable = host.run(host.environment(source))
    assert (answer["errorType"], error, reusable) == (kind, "Unhandled", False)
    assert kind in " ".join(host.texts())


@pytest.mark.own
def test_sleeping_is_done_on_the_clock_which_may_leap_meanwhile(host):
    source = """
import time
def handler(event, context):
    clocks = [time.time, time.monotonic, time.perf_counter, lambda: time.monotonic_ns() / 10**9, lambda: time.perf_counter_ns() / 10**9]
    begun = [clock() for clock in clocks]
    time.sleep(600)
    slept = [clock() - at for clock, at in zip(clocks, begun)]
    return [slept, context.get_remaining_time_in_millis() / 1000]
"""
    environment = host.environment(source, timeout=900)
    host.begin(environment)
    host.until(lambda: not host.processes.busy)
    assert host.results == []
    host.clock.run_for(timedelta(seconds=600))
    assert host.processes.busy == {environment}
    host.until(lambda: host.results)
    slept, left = json.loads(host.results[0][0].payload)
    assert all(600 <= seconds < 610 for seconds in slept)
    assert 290 < left <= 300


@pytest.mark.own
def test_what_a_process_remembers_grows_old_between_its_events(host):
    environment = host.environment(
        "import time\nkept = time.monotonic()\ndef handler(event, context):\n    return time.monotonic() - kept\n"
    )
    host.run(environment)
    host.clock.run_for(timedelta(hours=2))
    age, _, _ = host.run(environment)
    assert 7199 < age < 7260


@pytest.mark.own
def test_the_stand_in_for_the_compiled_client_does_the_same(host):
    client = packages.python_path()
    host.processes.path[:] = [*client[3:], *client[:3]]
    source = "import runtime_client\ndef handler(event, context):\n    return [event, runtime_client.__file__[-3:]] if event else 1 / 0\n"
    environment = host.environment(source)
    assert host.run(environment, {"a": "ü"})[0] == [{"a": "ü"}, ".py"]
    assert host.run(environment)[0]["errorType"] == "ZeroDivisionError"
    assert host.run(environment, 1)[0] == [1, ".py"]


@pytest.mark.own
def test_packages_that_cannot_be_had_leave_nothing_half_made(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(packages, "CACHE", tmp_path)
    monkeypatch.setattr(packages, "REQUIREMENTS", tmp_path / "requirements.txt")
    packages.REQUIREMENTS.write_text("boto3==1.0.0\n")
    with pytest.raises(packages.PackagesError, match="could not be installed"):
        packages.python_path()
    assert "Installing functions/requirements.txt" in capfd.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lock", "requirements.txt"]
