"""What the sandbox does not have answers with one error that names it, in every protocol, known or not."""

import json

import pytest
from botocore.exceptions import ClientError
from moto.core.request import Request

from sandbox.gateway import ApiError
from sandbox.wire import FrontDoor

pytestmark = pytest.mark.own
ROLE = "arn:aws:iam::123456789012:role/federated"
MISSING = [
    ("ec2", "describe_fast_launch_images", {}),  # moto would answer from images of its own
    ("ec2", "describe_network_interfaces", {}),  # moto would not know the instances'
    ("ec2", "monitor_instances", {"InstanceIds": ["i-1"]}),  # nor these
    ("ec2", "get_launch_template_data", {"InstanceId": "i-1"}),
    ("ec2", "describe_ipam_scopes", {}),
    ("resourcegroupstaggingapi", "get_tag_keys", {}),
    ("sqs", "list_message_move_tasks", {"SourceArn": "arn:aws:sqs:eu-west-1:123456789012:q"}),
    ("sns", "get_sms_sandbox_account_status", {}),
    ("lambda", "list_capacity_providers", {}),
    ("dlm", "get_lifecycle_policies", {}),
    ("pricing", "describe_services", {}),
    ("cloudfront", "list_cache_policies", {}),
    ("s3", "delete_bucket_metadata_configuration", {"Bucket": "cups"}),  # moto would delete the bucket
    ("cloudformation", "list_stack_sets", {}),  # moto would answer these from stacks of its own
    ("cloudformation", "get_stack_policy", {"StackName": "s"}),
    ("sts", "assume_role_with_saml", {"RoleArn": ROLE, "PrincipalArn": ROLE, "SAMLAssertion": "none"}),  # without credentials
    ("sts", "assume_role_with_web_identity", {"RoleArn": ROLE, "RoleSessionName": "me", "WebIdentityToken": "none"}),
    ("docdb-elastic", "list_clusters", {}),
]
SIGNED = "AWS4-HMAC-SHA256 Credential=AKIAADMINISTRATOR000/20270301/eu-west-1/{}/aws4_request, SignedHeaders=host, Signature=x"


@pytest.mark.parametrize(("service", "call", "parameters"), MISSING, ids=lambda value: value if isinstance(value, str) else "")
def test_missing(sandbox, service, call, parameters):
    with pytest.raises(ClientError) as caught:
        getattr(sandbox.client(service, "eu-west-1"), call)(**parameters)
    answer, operation = caught.value.response, caught.value.operation_name
    assert answer["Error"]["Code"] == "UnsupportedSandboxOperation"
    assert answer["Error"]["Message"] == f"The sandbox does not have {operation} of {service}."
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert sandbox.gateway.calls[-1].error_code == "UnsupportedSandboxOperation"
    with pytest.raises(ApiError, match=f"{operation} of {service}"):
        sandbox.gateway.call(service, operation, "eu-west-1", parameters)


@pytest.mark.parametrize(
    ("service", "method", "headers", "body", "said"),
    [
        ("ec2", "POST", {"Content-Type": "application/x-www-form-urlencoded"}, b"Action=MakeCoffee", "MakeCoffee of ec2"),
        ("coffee", "POST", {"Content-Type": "application/x-www-form-urlencoded"}, b"Action=MakeCoffee", "MakeCoffee of coffee"),
        ("coffee", "POST", {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "Coffee_1.MakeCoffee"}, b"{}", "MakeCoffee of coffee"),
        ("coffee", "PUT", {}, b"{}", "PUT /cups of coffee"),
        ("events", "POST", {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AWSEvents.MakeCoffee"}, b"{}", "MakeCoffee of events"),
    ],
)  # fmt: skip
def test_what_no_model_knows(sandbox, service, method, headers, body, said):
    headers = headers | {"Authorization": SIGNED.format(service)}
    answer = FrontDoor(sandbox.gateway).answer(
        Request.from_primitives(method, f"https://{service}.eu-west-1.amazonaws.com/cups", headers, body)
    )
    assert answer.status == 501
    text = answer.body.decode()
    message = json.loads(text)["message"] if text.startswith("{") else text.partition("<Message>")[2].partition("<")[0]
    assert message == f"The sandbox does not have {said}."
    assert sandbox.gateway.calls[-1].error_code == "UnsupportedSandboxOperation"


def test_what_moto_chokes_on_is_named(sandbox):
    with pytest.raises(ClientError, match="moto failed at ListGrants of kms"):
        sandbox.client("kms", "us-east-1").list_grants(KeyId="none")
