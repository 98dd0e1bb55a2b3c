"""A function that is called worker, and what its tests do with it."""

import json

import pytest

from tests.sandbox.apps import HOME, function, layer_zip, role

CONSUME = (["sqs:*"], "*")
ECHO = (
    "def handler(event, context):\n    return {'got': event, 'by': context.function_name, 'left': context.get_remaining_time_in_millis()}\n"
)


@pytest.fixture
def deploy(sandbox, app):
    """Deploy the worker with this source, and more resources beside it."""

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
    """Invoke the worker, or the function of another name; the answer."""

    def invoke(event, name="worker", kind="RequestResponse"):
        return sandbox.client("lambda", HOME).invoke(FunctionName=name, Payload=json.dumps(event), InvocationType=kind)

    return invoke


def body(answer):
    """What an invocation was answered with."""
    return json.loads(answer["Payload"].read())


def invoke_config(**settings):
    """How the worker's asynchronous invocations are tried, as a resource."""
    settings = {"FunctionName": {"Ref": "Worker"}, "Qualifier": "$LATEST", **settings}
    return {"Type": "AWS::Lambda::EventInvokeConfig", "Properties": settings}
