"""The record of calls as the command shows it: a table to a person, JSON lines to whatever reads them."""

import io
import json
import re
import subprocess
import sys

import pytest
from rich.console import Console

from sandbox.calls_table import calls_table
from sandbox.contract import PAGE
from tests import checkout, served

pytestmark = pytest.mark.own
CALL = {
    "time": "2027-03-01T12:00:00+00:00",
    "caller": "take",
    "region": "eu-west-1",
    "service": "ec2",
    "operation": "CopyImage",
    "parameters": {"Name": "night", "TagSpecifications": [{"ResourceType": "image", "Tags": [{"Key": "a", "Value": "b"}]}]},
    "request_id": "1",
    "error_code": None,
    "error_message": None,
    "role_arn": None,
    "caller_arn": "arn:aws:iam::123456789012:user/administrator",
    "response": {"ImageId": "ami-1"},
}


@pytest.fixture
def shown():
    def shown(call, width=200):
        console = Console(width=width, file=io.StringIO())
        console.print(calls_table([call]))
        return [" ".join(line.split()) for line in console.file.getvalue().splitlines()]

    return shown


def test_a_call_is_a_line(shown):
    title, line = shown(CALL)
    assert title == "time caller region call parameters result"
    parameters = "Name=night TagSpecifications=[ResourceType=image Tags=[Key=a Value=b]]"
    assert line == f"2027-03-01T12:00:00 take eu-west-1 ec2 CopyImage {parameters} ImageId=ami-1"


def test_an_error_is_its_code(shown):
    assert shown(CALL | {"error_code": "RequestLimitExceeded", "response": None})[1].endswith("RequestLimitExceeded")


def test_what_is_long_is_cut(shown):
    line = shown(CALL | {"parameters": {"Body": "x" * 500}}, width=120)[1]
    assert "xxx…" in line


@pytest.fixture(scope="module")
def environment():
    with served.sandbox("--still", "--in-process") as (remote, environment):
        remote.client("sqs", "ap-south-1").create_queue(QueueName="jobs")
        remote.client("sqs", "eu-west-1").list_queues()
        yield environment


def calls(*options, environment):
    line = [sys.executable, "-m", "sandbox", "calls", *options]
    return subprocess.run(line, cwd=served.ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_json_lines_where_nobody_watches(environment, options):
    lines = [json.loads(line) for line in calls(*options, environment=environment).splitlines()]
    assert [(one["operation"], one["region"]) for one in lines] == [("CreateQueue", "ap-south-1"), ("ListQueues", "eu-west-1")]
    assert lines[0]["response"]["QueueUrl"].endswith("/jobs")
    assert set(lines[0]) == set(CALL)


def test_a_table_in_a_terminal(environment):
    line = [sys.executable, "-m", "sandbox", "calls", "--region", "eu-west-1"]
    status, text = checkout.at_a_terminal(line, served.ROOT, environment | {"COLUMNS": "160", "TERM": "dumb"}, answers="")
    assert status == 0
    assert "sqs ListQueues" in text
    assert "CreateQueue" not in text
    assert text.splitlines()[0].split() == ["time", "caller", "region", "call", "parameters", "result"]


def test_the_pages_commands_work(environment):
    commands = re.findall(r"^    \.venv/bin/python -m sandbox (?!up)(.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert {command.split()[0] for command in commands} == {"clock", "events", "calls", "faults", "timing"}
    for command in commands:
        line = [sys.executable, "-m", "sandbox", *command.split()]
        subprocess.run(line, cwd=served.ROOT, env=environment, stdout=subprocess.PIPE, check=True)
