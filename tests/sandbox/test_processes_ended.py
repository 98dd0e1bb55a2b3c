"""Functions in processes that exit or are killed: the caller hears of it, and nothing is left behind."""

import json
import os
import select
import signal
import subprocess
import sys
from datetime import timedelta

import pytest

from sandbox.functions.processes import packages
from tests.sandbox.host import PATIENCE, START, is_alive, is_running


@pytest.mark.facts("4.6")
@pytest.mark.parametrize(
    ("end", "reason"),
    [
        ("os._exit(7)", "Runtime exited with error: exit status 7"),
        ("os.kill(os.getpid(), 9)", "Runtime exited with error: signal: 9"),
        ("sys.exit(0)", "Runtime exited without providing a reason"),
    ],
)
def test_a_process_that_exits_is_a_function_error(end, reason, host):
    environment = host.environment(f"import os, sys\ndef handler(event, context):\n    print('last words')\n    {end}\n")
    answer, error, reusable = host.run(environment)
    assert answer == {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: request Error: {reason}"}
    assert (error, reusable) == ("Unhandled", False)
    assert host.texts()[0] == "last words"
    assert host.texts()[-1] == answer["errorMessage"]


@pytest.mark.own
def test_a_process_that_exits_between_events_is_started_again(host):
    source = "import os, threading\ndef handler(pid, context):\n    return os.getpid()\n"
    environment = host.environment(source)
    pid = host.run(environment)[0]
    os.kill(pid, signal.SIGKILL)
    host.until(lambda: not is_alive(pid) and environment._process is None)
    assert host.run(environment)[0] != pid


@pytest.mark.facts("4.5")
def test_what_takes_too_long_is_killed_with_what_it_started(host):
    source = """
import os, subprocess
def handler(event, context):
    child = subprocess.Popen(["sleep", "600"])
    os.write(1, f"{os.getpid()} {child.pid}\\n".encode())
    while True: pass
"""
    environment = host.environment(source, timeout=40)
    host.begin(environment)
    host.until(lambda: host.clock.next_due() == START + timedelta(seconds=40))
    host.clock.run_for(timedelta(seconds=39))
    assert host.results == []
    assert host.processes.busy == {environment}
    while not host.lines:
        environment._process.finish_lines()
    host.clock.run_for(timedelta(seconds=1))
    [(result, reusable)] = host.results
    assert "Task timed out after 40.00 seconds" in json.loads(result.payload)["errorMessage"]
    assert (result.error, reusable) == ("Unhandled", False)
    assert host.texts()[-1] == json.loads(result.payload)["errorMessage"]
    process, child = map(int, host.texts()[0].split())
    assert not is_alive(process)
    assert any(not is_running(child) for _ in range(500))  # killed with it, but it may die a moment later
    assert host.processes.busy == set()


@pytest.mark.facts("4.5")
def test_what_sleeps_too_long_is_killed(host):
    environment = host.environment("import time\ndef handler(event, context):\n    time.sleep(100)\n", timeout=30)
    host.begin(environment)
    host.until(lambda: not host.processes.busy)
    host.clock.run_for(timedelta(seconds=30))
    assert "Task timed out after 30.00 seconds" in host.results[0][0].payload
    host.clock.run_for(timedelta(minutes=10))
    assert len(host.results) == 1
    assert host.processes.busy == set()


@pytest.mark.facts("4.5")
def test_a_process_that_does_not_get_to_its_first_event_is_killed(host):
    environment = host.environment("print('starting', flush=True)\nwhile True: pass\n")
    host.begin(environment)
    while not host.lines:
        environment._process.finish_lines()
    host.clock.run_for(timedelta(minutes=1))
    assert host.results[0][0].error == "Unhandled"


@pytest.mark.own
def test_stopping_kills_at_once_whatever_it_does(host):
    environments = [
        host.environment("import os\ndef handler(event, context):\n    return os.getpid()\n"),
        host.environment("import os, time\ndef handler(event, context):\n    print(os.getpid())\n    time.sleep(600)\n", timeout=900),
    ]
    pids = [host.run(environments[0])[0]]
    host.begin(environments[1])
    host.until(lambda: not host.processes.busy)
    pids.append(int(host.texts()[-1]))
    for environment in environments:
        environment.stop()
    assert [is_alive(pid) for pid in pids] == [False, False]
    assert host.results == []


PARENT = """
import sys
sys.path[:0] = sys.argv[1:]
from tests.sandbox.host import Host
host = Host()
environment = host.environment("import os\\ndef handler(event, context):\\n    return os.getpid()\\n")
print(host.run(environment)[0], flush=True)
sys.stdin.read()
"""


@pytest.mark.own
def test_no_process_outlives_a_sandbox_that_was_killed():
    command = [sys.executable, "-c", PARENT, str(packages.ROOT)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=packages.ROOT) as parent:
        pid = int(parent.stdout.readline())
        assert is_running(pid)
        ended = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None
        parent.kill()
    if ended is not None:
        assert select.select([ended], [], [], PATIENCE)[0]
        os.close(ended)
