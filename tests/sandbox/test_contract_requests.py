"""Requests that boto3 would not send, or leaves to the service to check, are refused as the service does it."""

import boto3
import pytest
from botocore.config import Config

from sandbox.gateway import ApiError

pytestmark = pytest.mark.facts("4.4")

EC2 = [
    ("create_image", {"InstanceId": "i-1"}, "MissingParameter", "Name"),
    ("describe_images", {"MaxResults": "many"}, "InvalidParameterValue", "many"),
    ("create_image", {"InstanceId": "i-1", "Name": "ab"}, "InvalidAMIName.Malformed", "greater than or equal to 3"),
    ("create_image", {"InstanceId": "i-1", "Name": "abc", "Description": "x" * 256}, "InvalidParameterValue", "less than or equal to 255"),
    ("describe_image_attribute", {"ImageId": "ami-1", "Attribute": "colour"}, "InvalidParameterValue", "colour"),
    ("copy_image", {"SourceRegion": "x", "SourceImageId": "y", "Name": "abc", "ClientToken": "x" * 129}, "InvalidParameterValue", "128"),
]
OTHERS = [
    ("cloudformation", "list_stacks", {"StackStatusFilter": ["DANCING"]}, "ValidationError", "Member must satisfy enum value set"),
    ("cloudformation", "describe_stack_resource", {"StackName": "x"}, "ValidationError", "'LogicalResourceId'"),
    ("events", "put_events", {"Entries": []}, "ValidationException", "greater than or equal to 1"),
    ("events", "put_events", {"Entries": [{}] * 11}, "ValidationException", "less than or equal to 10"),
    ("events", "put_events", {"Entries": [{"Time": 1, "Detail": 7}]}, "SerializationException", "'Entries[0].Detail'"),
    ("events", "put_events", {}, "ValidationException", "Member must not be null"),
    ("lambda", "invoke", {"FunctionName": "x", "InvocationType": "Sometimes"}, "ValidationException", "'InvocationType'"),
    ("lambda", "invoke", {"FunctionName": "no such name"}, "ValidationException", "regular expression pattern"),
]


@pytest.fixture
def unchecked(sandbox):
    """A client that sends whatever it is given."""

    def unchecked(service):
        return boto3.client(service, region_name="eu-west-1", config=Config(parameter_validation=False, retries={"total_max_attempts": 1}))

    return unchecked


@pytest.mark.parametrize(
    ("service", "call", "parameters", "code", "said"),
    [*[("ec2", *row) for row in EC2], *OTHERS],
    ids=lambda value: value if isinstance(value, str) and len(value) < 30 else "",
)
def test_refused(sandbox, unchecked, refused, service, call, parameters, code, said):
    with refused(code) as caught:
        getattr(unchecked(service), call)(**parameters)
    assert said in caught.value.response["Error"]["Message"]
    assert sandbox.gateway.calls[-1].error_code == code


@pytest.mark.parametrize(
    ("sent", "code"),
    [({"Colour": "red"}, "UnknownParameter"), ({"IncludeDisabled": "maybe"}, "InvalidParameterValue")],
)
def test_a_form_says_what_the_operation_does_not_take(home, refused, sent, code):
    home.meta.events.register("before-call.ec2.DescribeImages", lambda params, **_: params["body"].update(sent))
    with refused(code) as caught:
        home.describe_images()
    assert next(iter(sent)) in caught.value.response["Error"]["Message"]


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"Entries": 5}', b'{"Entries": [{"Source": 5}]}'])
def test_a_body_that_cannot_be_read(sandbox, refused, body):
    client = sandbox.client("events", "eu-west-1")
    client.meta.events.register("before-call.eventbridge.PutEvents", lambda params, **_: params.update(body=body))
    with refused("SerializationException"):
        client.put_events(Entries=[{}])


@pytest.mark.parametrize("call", ["put_bucket_acl", "put_bucket_lifecycle"])
def test_a_body_that_is_missing(sandbox, refused, call):
    sandbox.client("s3", "us-east-1").create_bucket(Bucket="cups")
    with refused("MalformedXML"):
        getattr(sandbox.client("s3", "us-east-1"), call)(Bucket="cups")


def test_the_same_without_the_wire(sandbox):
    with pytest.raises(ApiError) as caught:
        sandbox.gateway.call("events", "PutEvents", "eu-west-1", {"Entries": [{"Colour": "red"}]})
    assert caught.value.code == "ValidationException"
