"""What an environment that is a process needs of a sandbox, without the account."""

import io
import json
import os
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from types import SimpleNamespace

import pytest

from sandbox.clock import Clock
from sandbox.functions.processes.environment import ProcessEnvironment
from sandbox.functions.processes.plane import Processes

START = datetime(2027, 3, 1, 12, tzinfo=UTC)
PATIENCE = 30


class Host:
    """A sandbox's thread and clock, and what environments log there."""

    def __init__(self):
        self.clock = Clock(START)
        self.turns = SimpleQueue()
        self.processes = Processes(self.clock, "http://localhost:4566", self.turns.put)
        self.lines = []
        self.results = []
        self.made = []

    def environment(self, source, timeout=3, **variables):
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as zipped:
            zipped.writestr("main.py", source)
        function = SimpleNamespace(
            code_bytes=archive.getvalue(),
            handler="main.handler",
            timeout=timeout,
            function_arn="arn:aws:lambda:eu-west-1:123456789012:function:tiny",
            function_name="tiny",
            region="eu-west-1",
            run_time="python3.13",
            memory_size=128,
            logs_group_name="/aws/lambda/tiny",
            environment_vars=variables,
        )
        made = ProcessEnvironment(function, {"AWS_ACCESS_KEY_ID": "ASIATINY"}, lambda *line: self.lines.append(line), self.processes)
        self.made.append(made)
        return made

    def begin(self, environment, payload=None, request_id="request"):
        environment.begin(request_id, json.dumps(payload), lambda *result: self.results.append(result))

    def run(self, environment, payload=None, request_id="request"):
        """The answer of an invocation, its error, and whether the environment can be used again."""
        self.begin(environment, payload, request_id)
        self.until(lambda: self.results)
        result, reusable = self.results.pop()
        assert result.request_id == request_id
        return json.loads(result.payload), result.error, reusable

    def until(self, done):
        while not done():
            self.turns.get(timeout=PATIENCE)()

    def texts(self):
        return [text for _, text in self.lines]


@pytest.fixture
def host():
    """One whose processes are ended with the test."""
    made = Host()
    yield made
    for environment in made.made:
        environment.stop()


def is_alive(pid):
    """Whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def is_running(pid):
    """Whether it is more than an entry that nobody has read yet."""
    if sys.platform == "linux":  # where a small machine may have no ps
        entry = Path(f"/proc/{pid}/stat")
        state = entry.read_text().rpartition(")")[2].strip() if entry.exists() else ""
    else:
        state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout.strip()
    return state[:1] not in {"", "Z"}
