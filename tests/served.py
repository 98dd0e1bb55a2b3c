"""A sandbox that is served by a process of its own, as its user has it."""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from sandbox import contract
from sandbox.missing import CODE
from sandbox.remote import Remote

ROOT = Path(__file__).parent.parent


def user(**more):
    """An environment without a trace of a real account."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_"))}
    return kept | {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull} | more


def exported(line):
    """The name and the value that a line `export NAME=VALUE` sets."""
    return line.removeprefix("export ").strip().split("=", 1)


@contextmanager
def sandbox(*options, error=None):
    """Serve one: gives the Remote, and the environment that it told its user to set. It must stop cleanly."""
    command = [sys.executable, "-m", "sandbox", "up", *options]
    with subprocess.Popen(command, cwd=ROOT, env=user(), stdout=subprocess.PIPE, stderr=error, text=True) as process:
        try:
            told = dict(exported(process.stdout.readline()) for _ in range(5))
            yield Remote(told["AWS_ENDPOINT_URL"]), user(**told)
        finally:
            process.terminate()
            status = process.wait(30)
    assert status == 0


def assert_only_what_is_promised(remote):
    """Whatever a served sandbox was called and answered has its row in the contract."""
    promised = {(row.service, row.operation) for row in contract.rows()}
    called = {(call["service"], call["operation"]) for call in remote.calls() if call["error_code"] != CODE}
    assert called - promised == set(), "sandbox/contract.toml has no row for them"
