"""Who listens to what botocore does on the way of a call, or stands in its place, is heard, though calls go without HTTP."""

from datetime import timedelta
from functools import wraps

import boto3
import botocore.session
import pytest
from aws_lambda_powertools.shared.user_agent import register_feature_to_client
from botocore.awsrequest import AWSResponse
from botocore.client import BaseClient
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from botocore.handlers import add_recursion_detection_header, disable_signing
from botocore.stub import Stubber
from moto.core.botocore_stubber import MockRawResponse

from sandbox import without_http
from sandbox.account import Sandbox
from sandbox.gateway import ADMINISTRATOR
from sandbox.wire import FrontDoor
from tests.sandbox.both_ways import HOME

pytestmark = pytest.mark.own


def unsigned(client):
    client.meta.events.register("choose-signer", disable_signing)


def with_a_trace(client):
    client.meta.events.register("request-created", lambda request, **_: request.headers.add_header("X-Amzn-Trace-Id", "Root=1;Lineage=1"))


def answered_by_a_stub(client):
    raw = MockRawResponse(b"<Response><nextToken>mine</nextToken></Response>")
    client.meta.events.register_first("before-send.ec2", lambda request, **_: AWSResponse(request.url, 200, HTTPHeaders(), raw))


def answered_by_a_stubber(client):
    stubber = Stubber(client)
    stubber.add_response("describe_instances", {"NextToken": "mine"})
    stubber.activate()


def read_otherwise(client):
    client.meta.events.register("before-parse.ec2", lambda customized_response_dict, **_: customized_response_dict.update(NextToken="mine"))


@pytest.mark.parametrize("hook", [unsigned, with_a_trace, answered_by_a_stub, answered_by_a_stubber, read_otherwise])
def test_whoever_listens_on_the_way_is_heard(hook):
    with Sandbox() as sandbox:
        traces = []
        sandbox.gateway.guards.append(lambda request: traces.append(request.trace))
        client = boto3.client("ec2", HOME)
        hook(client)
        try:
            told = client.describe_instances().get("NextToken")
        except ClientError as error:
            told = error.response["Error"]["Code"]
        assert (told, traces) == {
            unsigned: ("MissingAuthenticationToken", []),
            with_a_trace: (None, ["Root=1;Lineage=1"]),
            answered_by_a_stub: ("mine", []),
            answered_by_a_stubber: ("mine", []),
            read_otherwise: ("mine", [""]),
        }[hook]


@wraps(add_recursion_detection_header)
def in_botocores_name(params, **_):
    params["headers"]["X-Amzn-Trace-Id"] = "Root=1;Lineage=1"


def test_who_calls_itself_as_botocores_own_handlers_do_is_heard():
    with Sandbox() as sandbox:
        traces = []
        sandbox.gateway.guards.append(lambda request: traces.append(request.trace))
        client = boto3.client("ec2", HOME)
        client.meta.events.register("before-call", in_botocores_name)
        client.describe_instances()
        assert traces == ["Root=1;Lineage=1"]


@pytest.mark.parametrize(("kind", "name"), without_http.STEPS)
def test_who_replaces_what_makes_requests_sees_them(kind, name, monkeypatch):
    made, seen = getattr(kind, name), []
    with Sandbox():
        client = boto3.client("ec2", HOME)
        client.describe_instances()
        monkeypatch.setattr(kind, name, wraps(made)(lambda self, *given: seen.append(1) or made(self, *given)))
        client.describe_instances()
    assert seen == [1]


def test_who_begins_to_listen_later_is_heard():
    with Sandbox() as sandbox:
        client = boto3.client("ec2", HOME)
        client.describe_instances()
        answered_by_a_stub(client)
        assert client.describe_instances()["NextToken"] == "mine"
        assert len(sandbox.gateway.calls) == 1


def test_who_stood_in_botocores_way_before_stays_there(monkeypatch):
    asked, made = [], BaseClient._make_api_call

    def watched(client, operation, given):
        asked.append(operation)
        return made(client, operation, given)

    monkeypatch.setattr(BaseClient, "_make_api_call", watched)
    with Sandbox() as sandbox:
        boto3.client("ec2", HOME).describe_instances()
        assert [call.operation for call in sandbox.gateway.calls] == asked == ["DescribeInstances"]


def test_what_is_put_back_when_the_sandbox_is_closed_calls_no_closed_one(monkeypatch):
    sandboxes = [Sandbox(), Sandbox()]
    with sandboxes[0], monkeypatch.context() as patches:
        made = BaseClient._make_api_call

        def watched(client, *call):
            return made(client, *call)

        patches.setattr(BaseClient, "_make_api_call", watched)
        boto3.client("ec2", HOME).describe_instances()
        left = BaseClient._make_api_call
    monkeypatch.setattr(BaseClient, "_make_api_call", made)
    for straight in (made, left):
        BaseClient._make_api_call = straight
        with Sandbox() as sandbox:
            boto3.client("ec2", HOME).describe_instances()
            assert len(sandbox.gateway.calls) == 1
    assert len(sandboxes[0].gateway.calls) == 1


def test_a_call_that_botocore_makes_on_the_way_has_an_answer_of_its_own():
    """Here one for credentials, that are new for each request."""
    with Sandbox() as sandbox:
        helper, fresh = boto3.client("sts", HOME), sandbox.gateway.credentials_of(ADMINISTRATOR)

        class Renewed(Credentials):
            def get_frozen_credentials(self):
                helper.get_caller_identity()
                return super().get_frozen_credentials()

        session = botocore.session.get_session()
        session._credentials = Renewed(*fresh.values())
        ec2 = session.create_client("ec2", HOME)
        with pytest.raises(ClientError, match=r"InvalidAMIID\.NotFound") as caught:
            ec2.describe_images(ImageIds=["ami-00000000000000000"])
        assert caught.value.operation_name == "DescribeImages"
        calls = [call.operation for call in sandbox.gateway.calls]
    assert calls.count("DescribeImages") == 1
    assert set(calls) == {"DescribeImages", "GetCallerIdentity"}


def test_waiting_ends_where_no_clock_moves():
    with Sandbox() as sandbox:
        client, ended = boto3.client("ec2", HOME, config=Config(retries={"mode": "adaptive", "total_max_attempts": 3})), []
        sandbox.faults.refuse("ec2", "DescribeInstances", HOME, "RequestLimitExceeded", times=2)
        sandbox.clock.after(timedelta(seconds=1), lambda: ended.append(client.describe_instances()["Reservations"]))
        sandbox.clock.run_for(timedelta(minutes=1))
        assert ended == [[]]


def test_a_function_with_powertools_does_without(monkeypatch):
    over = []
    monkeypatch.setattr(FrontDoor, "answer", lambda _, request: over.append(request))
    with Sandbox():
        client = boto3.client("ec2", HOME)
        register_feature_to_client(client, "tested")
        client.describe_images()
    assert over == []
