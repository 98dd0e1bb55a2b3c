"""The configuration of functions: what Lambda refuses of it, and what its role decides."""

import json

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox.cloudformation.errors import DeploymentError
from tests.sandbox.apps import ACCOUNT, HOME, function, role
from tests.sandbox.worker import ECHO, body


@pytest.mark.facts("4.5")
@pytest.mark.parametrize(
    ("built_for", "problem"),
    [
        ({"CompatibleRuntimes": ["python3.12"]}, "built for the runtime python3.12, not for python3.13"),
        ({"CompatibleArchitectures": ["arm64"]}, "built for the architecture arm64, not for x86_64"),
    ],
)
def test_a_layer_for_another_runtime_or_machine_is_refused(deploy, layer, built_for, problem):
    with pytest.raises(Exception, match=problem):
        deploy({"main": ECHO}, properties={"Layers": [layer("pydantic", **built_for)]})


@pytest.mark.facts("4.5")
def test_a_new_account_has_no_concurrency_to_reserve(sandbox, deploy, invoke):
    deploy({"main": ECHO})
    client = sandbox.client("lambda", HOME)
    with pytest.raises(ClientError, match=r"below its minimum value of \[10\]"):
        client.put_function_concurrency(FunctionName="worker", ReservedConcurrentExecutions=1)
    sandbox.functions.concurrency = 1000
    client.put_function_concurrency(FunctionName="worker", ReservedConcurrentExecutions=900)
    with pytest.raises(ClientError, match=r"below its minimum value of \[100\]"):
        client.put_function_concurrency(FunctionName="worker", ReservedConcurrentExecutions=901)


def refused_role(sandbox, arn):
    with pytest.raises(ClientError) as caught:
        sandbox.client("lambda", HOME).create_function(
            FunctionName="f", Role=arn, Handler="main.handler", Runtime="python3.13", Code={"ZipFile": b"x"}
        )
    assert caught.value.response["Error"] == {
        "Code": "InvalidParameterValueException",
        "Message": "The role defined for the function cannot be assumed by Lambda.",
    }


@pytest.mark.facts("4.5")
def test_a_functions_role_must_trust_lambda(sandbox):
    refused_role(sandbox, f"arn:aws:iam::{ACCOUNT}:role/none")
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    made = sandbox.client("iam", HOME).create_role(RoleName="servers", AssumeRolePolicyDocument=json.dumps(trust))
    refused_role(sandbox, made["Role"]["Arn"])


@pytest.mark.facts("4.5")
def test_a_functions_next_role_must_trust_lambda_too(sandbox, deploy, refused):
    deploy({"main": ECHO})
    client = sandbox.client("lambda", HOME)
    with refused("InvalidParameterValueException"):
        client.update_function_configuration(FunctionName="worker", Role=f"arn:aws:iam::{ACCOUNT}:role/none")
    assert client.update_function_configuration(FunctionName="worker", Timeout=7)["Timeout"] == 7


def variables(**named):
    return {"Environment": {"Variables": named}}


INVALID, MALFORMED = "InvalidParameterValueException", "ValidationException"
UNFIT = [
    ({"Timeout": 901}, INVALID, "'Timeout' value failed to satisfy constraint: Member must have value less than or equal to 900"),
    ({"Timeout": 5401}, MALFORMED, "less than or equal to 5400"),
    ({"MemorySize": 10_241}, INVALID, "less than or equal to 10240"),
    (variables(AB="x" * 4_088), INVALID, "exceeded the 4KB limit"),
    (variables(AB="é" * 2_044), INVALID, "exceeded the 4KB limit"),
    (variables(AWS_REGION=HOME, FINE="1"), INVALID, "Reserved keys used in this request: AWS_REGION"),
    (variables(AWS_LAMBDA_FUNCTION_NAME="f"), INVALID, "Reserved keys used in this request: AWS_LAMBDA_FUNCTION_NAME"),
    *((variables(**{name: "1"}), MALFORMED, "regular expression pattern") for name in ("_HANDLER", "1A", "A", "A-B")),
]


@pytest.mark.facts("4.5")
@pytest.mark.parametrize(("properties", "code", "problem"), UNFIT)
def test_a_configuration_that_no_function_can_have_is_refused(deploy, properties, code, problem):
    with pytest.raises(DeploymentError) as caught:
        deploy({"main": ECHO}, properties=properties)
    assert code in str(caught.value)
    assert problem in str(caught.value)


@pytest.mark.facts("4.5")
@pytest.mark.parametrize(("properties", "code", "problem"), [*UNFIT, ({"MemorySize": 127}, MALFORMED, "greater than or equal to 128")])
def test_a_function_cannot_get_such_a_configuration_later_either(deploy, properties, code, problem):
    deploy({"main": ECHO})
    unchecked = boto3.client("lambda", HOME, config=Config(parameter_validation=False))
    with pytest.raises(ClientError) as caught:
        unchecked.update_function_configuration(FunctionName="worker", **properties)
    assert caught.value.response["Error"]["Code"] == code
    assert problem in caught.value.response["Error"]["Message"]


@pytest.mark.facts("4.5")
@pytest.mark.parametrize(
    "properties", [{"Timeout": 900, "MemorySize": 10_240}, {"MemorySize": 128}, variables(AB="x" * 4_087), variables(TZ=":UTC", PATH="/")]
)
def test_a_function_may_have_what_lambda_allows_at_most(deploy, invoke, properties):
    deploy({"main": ECHO}, properties=properties)
    assert body(invoke({}))["by"] == "worker"


@pytest.mark.facts("4.5")
@pytest.mark.parametrize(
    ("logging", "heard"),
    [
        ((), False),
        (((["logs:PutLogEvents"], "*"),), False),
        (((["logs:CreateLogStream", "logs:PutLogEvents"], f"arn:aws:logs:{HOME}:{ACCOUNT}:log-group:/aws/lambda/other:*"),), False),
        (((["logs:CreateLogStream", "logs:PutLogEvents"], f"arn:aws:logs:{HOME}:{ACCOUNT}:log-group:/aws/lambda/quiet:*"),), True),
    ],
)
def test_what_the_role_may_not_log_is_lost(sandbox, app, logging, heard):
    code = app.code(main="def handler(event, context):\n    print('{}')\n    return 7\n")
    app.stack("Test", {"Role": role(logging=logging), "F": function(code, "Role", "quiet")})
    sandbox.deploy(app.write())
    answer = sandbox.client("lambda", HOME).invoke(FunctionName="quiet", Payload=b"{}")
    assert json.loads(answer["Payload"].read()) == 7
    assert sandbox.functions.records("quiet") == ([{}] if heard else [])
