import gzip
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from sandbox.account import Sandbox
from sandbox.gateway import ADMINISTRATOR, ApiError

pytestmark = pytest.mark.own
ERRORS = {
    "ec2": lambda client: client.describe_images(),
    "sqs": lambda client: client.list_queues(),
    "scheduler": lambda client: client.list_schedules(),
    "iam": lambda client: client.list_roles(),
    "s3": lambda client: client.list_buckets(),
    "sts": lambda client: client.get_caller_identity(),
}


@pytest.fixture
def as_taker(sandbox, taker):
    """A client with the role's credentials."""

    def as_taker(service):
        keys = {name.lower(): value for name, value in sandbox.gateway.credentials(taker.role_arn).items()}
        return boto3.client(service, region_name="ap-south-1", **keys)

    return as_taker


def test_any_client_of_the_process_talks_to_the_sandbox(sandbox):
    assert boto3.client("ec2", region_name="us-east-1").describe_vpcs()["Vpcs"]


def test_one_sandbox_at_a_time(sandbox):
    with pytest.raises(RuntimeError), Sandbox():
        pass


def test_what_is_hooked_to_a_client_ends_with_its_sandbox():
    seen = []
    with Sandbox() as first:
        first.client("sqs", "us-east-1").meta.events.register("before-call.sqs", lambda **_: seen.append("sqs"))
    with Sandbox() as second:
        second.client("sqs", "us-east-1").list_queues()
    assert seen == []


def test_everything_is_gone_when_it_is_left():
    with Sandbox() as first:
        first.client("sqs", "us-east-1").create_queue(QueueName="jobs")
    with Sandbox() as second:
        assert "QueueUrls" not in second.client("sqs", "us-east-1").list_queues()


def test_python_has_its_own_time_again_when_it_is_left():
    with Sandbox(start=datetime(2001, 1, 1, tzinfo=UTC)):
        assert datetime.now(UTC).year == 2001
    assert datetime.now(UTC).year > 2001


@pytest.mark.parametrize("service", ["ec2", "sqs", "s3", "iam"])
def test_every_response_carries_the_sandboxs_date(sandbox, service):
    client = sandbox.client(service, "us-east-1")
    sandbox.clock.run_until(datetime(2027, 3, 2, 1, 2, 3, tzinfo=UTC))
    answer = ERRORS[service](client)
    assert answer["ResponseMetadata"]["HTTPHeaders"]["date"] == "Tue, 02 Mar 2027 01:02:03 GMT"


@pytest.mark.parametrize("operation", ["describe_vpcs", "describe_instances"])
def test_a_response_carries_the_recorded_request_id(sandbox, home, operation):
    answer = getattr(home, operation)()
    assert answer["ResponseMetadata"]["RequestId"] == sandbox.gateway.calls[-1].request_id


def test_the_record_says_what_was_called_with_what(sandbox, home):
    home.describe_images(Owners=["self"])
    call = sandbox.gateway.calls[-1]
    assert (call.caller, call.service, call.operation, call.region) == ("user", "ec2", "DescribeImages", "ap-south-1")
    assert (call.parameters, call.error_code, call.time) == ({"Owners": ["self"]}, None, sandbox.clock.now())
    assert call.response == {"Images": []}


def test_calls_of_motos_are_recorded_with_their_parameters(sandbox):
    sandbox.client("scheduler", "us-east-1").create_schedule_group(Name="nights")
    call = sandbox.gateway.calls[-1]
    assert (call.operation, call.parameters["Name"]) == ("CreateScheduleGroup", "nights")


ANSWERS = {
    "ec2": ("describe_vpcs", {}, "Vpcs"),
    "sqs": ("create_queue", {"QueueName": "jobs"}, "QueueUrl"),
    "sns": ("create_topic", {"Name": "told"}, "TopicArn"),
    "scheduler": ("list_schedule_groups", {}, "ScheduleGroups"),
    "s3": ("list_buckets", {}, "Buckets"),
    "logs": ("create_log_group", {"logGroupName": "told"}, None),
}


@pytest.mark.parametrize("service", ANSWERS)
def test_the_record_has_motos_answers_too(sandbox, service):
    operation, parameters, member = ANSWERS[service]
    answer = getattr(sandbox.client(service, "us-east-1"), operation)(**parameters)
    recorded = sandbox.gateway.calls[-1].response
    assert {"ResponseMetadata": answer["ResponseMetadata"], **recorded} == answer
    assert member is None or member in recorded


def test_an_error_has_no_response(sandbox, refused):
    with refused("AWS.SimpleQueueService.NonExistentQueue"):
        sandbox.client("sqs", "us-east-1").purge_queue(QueueUrl="https://eu-west-1.queue.amazonaws.com/123456789012/none")
    assert sandbox.gateway.calls[-1].response is None


def test_the_record_has_an_objects_content_as_it_is(sandbox):
    s3 = sandbox.client("s3", "us-east-1")
    s3.create_bucket(Bucket="vault")
    s3.put_object(Bucket="vault", Key="part.gz", Body=gzip.compress(b"{}"))
    s3.get_object(Bucket="vault", Key="part.gz")
    assert gzip.decompress(sandbox.gateway.calls[-1].response["Body"]) == b"{}"


def test_errors_of_motos_are_recorded(sandbox, home, refused):
    with refused("InvalidSubnetID.NotFound"):
        home.describe_subnets(SubnetIds=["subnet-1"])
    assert sandbox.gateway.calls[-1].error_code == "InvalidSubnetID.NotFound"


def test_a_role_is_known_by_its_credentials(sandbox, as_taker):
    as_taker("ec2").describe_images(Owners=["self"])
    assert sandbox.gateway.calls[-1].caller == "taker"


@pytest.mark.parametrize("service", ERRORS)
def test_a_guards_refusal_is_written_in_the_services_protocol(sandbox, as_taker, service):
    client = as_taker(service)

    def guard(request):
        raise ApiError("AccessDenied", f"{request.caller.role_arn} may not", 403)

    sandbox.gateway.guards.append(guard)
    with pytest.raises(ClientError) as caught:
        ERRORS[service](client)
    answer = caught.value.response
    assert answer["Error"]["Code"] == "AccessDenied"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert sandbox.gateway.calls[-1].error_code == "AccessDenied"


def test_watchers_see_each_call(sandbox, home):
    seen = []
    sandbox.gateway.watchers.append(seen.append)
    home.describe_vpcs()
    assert [call.operation for call in seen] == ["DescribeVpcs"]


def test_a_call_without_the_wire_is_recorded_like_any(sandbox, taker):
    sandbox.gateway.call("ec2", "DescribeImages", "eu-west-1", {"Owners": ["self"]}, taker)
    call = sandbox.gateway.calls[-1]
    assert (call.caller, call.region, call.operation) == ("taker", "eu-west-1", "DescribeImages")


def test_a_call_of_motos_works_without_the_wire_too(sandbox, taker):
    answer = sandbox.gateway.call("sqs", "CreateQueue", "eu-west-1", {"QueueName": "jobs"}, taker)
    assert answer["QueueUrl"].endswith("/jobs")
    assert [call.caller for call in sandbox.gateway.calls if call.operation == "CreateQueue"] == ["taker"]


def test_motos_errors_are_api_errors_without_the_wire(sandbox):
    with pytest.raises(ApiError) as caught:
        sandbox.gateway.call("ec2", "DescribeSubnets", "eu-west-1", {"SubnetIds": ["subnet-1"]}, ADMINISTRATOR)
    assert caught.value.code == "InvalidSubnetID.NotFound"


def test_an_unreachable_region_fails_the_connection(sandbox, home, recovery):
    sandbox.faults.unreachable("eu-west-1", between=(sandbox.clock.now(), sandbox.clock.now() + timedelta(hours=1)))
    home.describe_vpcs()
    with pytest.raises(EndpointConnectionError):
        recovery.describe_vpcs()
    swallowed = sandbox.gateway.calls[-1]
    assert (swallowed.operation, swallowed.region, swallowed.error_code, swallowed.response) == (
        "DescribeVpcs",
        "eu-west-1",
        "Unreachable",
        None,
    )
    sandbox.clock.run_for(timedelta(hours=1))
    recovery.describe_vpcs()


def test_receiving_from_an_empty_queue_does_not_wait(sandbox):
    sqs = sandbox.client("sqs", "us-east-1")
    queue = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    assert "Messages" not in sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20)


@pytest.mark.facts("4.4")
def test_a_missing_parameter_is_told_without_the_wire_too(sandbox):
    with pytest.raises(ApiError) as caught:
        sandbox.gateway.call("ec2", "CreateImage", "eu-west-1", {"Name": "web"})
    assert caught.value.code == "MissingParameter"
