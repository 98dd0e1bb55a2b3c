"""Functions in processes: AWS's runtime client, on the sandbox's clock, with nothing left behind."""

import io
import json
import os
import select
import signal
import subprocess
import sys
import threading
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import SimpleQueue
from types import SimpleNamespace

import pytest
from werkzeug.serving import make_server

from sandbox.account import Sandbox
from sandbox.clock import Clock
from sandbox.faults import read
from sandbox.functions.processes import packages
from sandbox.functions.processes.environment import ProcessEnvironment
from sandbox.functions.processes.plane import Processes
from sandbox.server.endpoint import Endpoint
from sandbox.server.keeper import Keeper
from sandbox.server.up import QuietHandler
from tests.sandbox.apps import HOME, RECOVERY, App, function, layer_zip, role
from tests.stories.world import NIGHTLY

START = datetime(2027, 3, 1, 12, tzinfo=UTC)
PATIENCE = 30
PYDANTIC = ("pydantic", "pydantic_core", "annotated_types", "typing_extensions", "typing_inspection")


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
    made = Host()
    yield made
    for environment in made.made:
        environment.stop()


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


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


def is_running(pid):
    """Whether it is more than an entry that nobody has read yet."""
    if sys.platform == "linux":  # where a small machine may have no ps
        entry = Path(f"/proc/{pid}/stat")
        state = entry.read_text().rpartition(")")[2].strip() if entry.exists() else ""
    else:
        state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout.strip()
    return state[:1] not in {"", "Z"}


@pytest.mark.own
def test_sleeping_is_done_on_the_clock_which_may_leap_meanwhile(host):
    source = """
import time
def handler(event, context):
    begun = time.time()
    time.sleep(600)
    return [time.time() - begun, context.get_remaining_time_in_millis() / 1000]
"""
    environment = host.environment(source, timeout=900)
    host.begin(environment)
    host.until(lambda: not host.processes.busy)
    assert host.results == []
    host.clock.run_for(timedelta(seconds=600))
    assert host.processes.busy == {environment}
    host.until(lambda: host.results)
    slept, left = json.loads(host.results[0][0].payload)
    assert 600 <= slept < 610
    assert 290 < left <= 300


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
from tests.sandbox.test_processes import Host
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


@pytest.fixture
def keeper():
    """A sandbox whose functions run in processes, served as `python -m sandbox up --still` does; this thread is the account's."""
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True, request_handler=QuietHandler)
    with Sandbox(START.replace(hour=1), functions="processes", endpoint=f"http://localhost:{server.port}") as sandbox:
        made = Keeper(sandbox, still=True)
        sandbox.functions.post, sandbox.functions.wait = made.post, made.serve_until
        server.app = Endpoint(made)
        listening = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        listening.start()
        yield made
        server.shutdown()
        listening.join()
    server.server_close()


@pytest.mark.facts("4.6")
def test_functions_call_the_account_as_their_role(keeper, tmp_path):
    app = App(tmp_path)
    source = """
import boto3, time
def handler(event, context):
    time.sleep(event)
    print("awake")
    return boto3.client("ec2").describe_instances()["Reservations"]
"""
    allowed = role((["ec2:DescribeInstances"], "*"))
    app.stack("Test", {"Role": allowed, "Worker": function(app.code(main=source), "Role", "worker", Timeout=30)})
    sandbox = keeper.sandbox
    sandbox.deploy(app.write())
    client = sandbox.client("lambda", HOME)
    answers = [json.loads(client.invoke(FunctionName="worker", Payload=payload)["Payload"].read()) for payload in ("0", "20")]
    assert answers == [[], []]
    assert sandbox.functions.logs("worker") == ["awake", "awake"]
    roles = {each["RoleName"] for each in sandbox.client("iam", HOME).list_roles()["Roles"]}
    assert {call.caller for call in sandbox.gateway.calls if call.operation == "DescribeInstances"} <= roles
    client.invoke(FunctionName="worker", Payload="100", InvocationType="Event")
    keeper.run_until(sandbox.clock.now() + timedelta(minutes=1))
    assert "Task timed out after 30.00 seconds" in sandbox.functions.logs("worker")[-1]
    assert sandbox.functions.in_flight == 0


@pytest.mark.facts("4.5")
def test_a_function_imports_what_its_layers_have(keeper, tmp_path):
    app, sandbox = App(tmp_path), keeper.sandbox
    client = sandbox.client("lambda", HOME)
    layers = [client.publish_layer_version(LayerName="layer", Content={"ZipFile": layer_zip(*PYDANTIC)})["LayerVersionArn"]]
    code = app.code(main="import pydantic\ndef handler(event, context):\n    import croniter\n")
    app.stack("Test", {"Role": role(), "Without": function(code, "Role", "without"), "With": function(code, "Role", "with", Layers=layers)})
    sandbox.deploy(app.write())
    errors = [json.loads(client.invoke(FunctionName=name)["Payload"].read())["errorMessage"] for name in ("without", "with")]
    assert ["No module named 'pydantic'" in errors[0], errors[1]] == [True, "No module named 'croniter'"]


@pytest.mark.facts("4.3")
def test_a_function_dies_after_its_call_and_one_that_feeds_itself_is_stopped(keeper, tmp_path):
    app, sandbox = App(tmp_path), keeper.sandbox
    source = """
import boto3
def handler(event, context):
    boto3.client("sqs").create_queue(QueueName="made")
    print("after")
    boto3.client("lambda").invoke(FunctionName="worker", InvocationType="Event")
"""
    app.stack("Test", {"Role": role((["*"], "*")), "Worker": function(app.code(main=source), "Role", "worker", Timeout=30)})
    sandbox.deploy(app.write())
    sandbox.faults.play(read('[[die]]\nfunction = "worker"\nservice = "sqs"\noperation = "CreateQueue"\ntimes = 1\n'))
    client = sandbox.client("lambda", HOME)
    died = json.loads(client.invoke(FunctionName="worker")["Payload"].read())
    assert died["errorType"] == "Runtime.ExitError"
    assert died["errorMessage"].endswith("Runtime exited with error: signal: 9")
    assert [url.rsplit("/", 1)[-1] for url in sandbox.client("sqs", HOME).list_queues()["QueueUrls"]] == ["made"]
    assert "after" not in sandbox.functions.logs("worker")
    client.invoke(FunctionName="worker", InvocationType="Event")
    keeper.run_until(sandbox.clock.now() + timedelta(minutes=1))
    assert sandbox.functions.logs("worker").count("after") == 16


@pytest.mark.own
def test_a_night_of_the_deployed_zip(keeper, synthesize):
    sandbox = keeper.sandbox
    sandbox.deploy(synthesize(NIGHTLY))
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Backup", "Value": "nightly"}]}]
    sandbox.client("ec2", HOME).run_instances(ImageId="ami-0linux", MinCount=2, MaxCount=2, TagSpecifications=tags)
    keeper.run_until(sandbox.clock.now() + timedelta(hours=5))
    for region in (HOME, RECOVERY):
        images = sandbox.client("ec2", region).describe_images(Owners=["self"])["Images"]
        assert [image["State"] for image in images] == ["available", "available"], region
    records = [record for part in ("take", "copy") for record in sandbox.functions.records(f"nightkeep-{HOME}-{part}") if "event" in record]
    assert [record["event"] for record in records if record["status"] == "done"] == ["image.take"] * 2 + ["image.copy"] * 2
    assert {record["timestamp"][:10] for record in records} == {"2027-03-01"}
