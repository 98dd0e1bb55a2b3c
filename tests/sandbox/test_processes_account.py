"""Functions in processes call the account, as `python -m sandbox up` serves it."""

import json
import threading
from datetime import timedelta

import pytest
from werkzeug.serving import make_server

from sandbox.account import Sandbox
from sandbox.faults import read
from sandbox.server.endpoint import Endpoint
from sandbox.server.keeper import Keeper
from sandbox.server.up import QuietHandler
from tests.sandbox.apps import HOME, RECOVERY, App, function, layer_zip, role
from tests.sandbox.host import START
from tests.stories.world import NIGHTLY

PYDANTIC = ("pydantic", "pydantic_core", "annotated_types", "typing_extensions", "typing_inspection")


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
