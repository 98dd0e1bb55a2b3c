"""What is moto's stays moto's: the same calls, to plain moto and to the sandbox, have the same answers but for times and random ids."""

import re
from datetime import datetime

import boto3
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from moto import mock_aws

from sandbox import contract
from sandbox.account import ENVIRONMENT, Sandbox
from tests.sandbox.replayed import CALLS, REGION

pytestmark = pytest.mark.own
RANDOM = [
    re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    re.compile(r"\b(?:AROA|AKIA|ASIA|AIDA)[A-Z0-9]{12,}\b"),
    re.compile(r"(?<=-)[0-9a-f]{8,17}\b"),
    re.compile(r"\b\d{10,13}(?:\.\d+)?\b(?!:)"),
    re.compile(r"\b\w{185}\b"),  # receipt handles
    re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+0000)"),
    re.compile(r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT"),
]
RANDOM_KEYS = {"UploadId": "an upload", "InstanceProfileId": "a profile", "GrantId": "a grant", "GrantToken": "a grant"}
"""What no pattern can tell from other text."""
DROPPED = {
    "PolicyId",
    "ResponseMetadata",
    "SecretAccessKey",
    "SessionToken",
    "VersionId",
    "CiphertextBlob",
    "SequenceNumber",
    "uploadSequenceToken",
}


def told(call):
    return f"{call[0]} {call[1]}"


def answers(now):
    """What each call of the table is answered, one after the other."""
    made, found = {"now": int(now().timestamp() * 1000)}, []
    clients = {service: boto3.client(service, region_name=REGION) for service in {call[0] for call in CALLS}}
    for service, operation, parameters in CALLS:
        given = parameters(made) if callable(parameters) else parameters
        try:
            made[operation] = getattr(clients[service], operation)(**given)
            found.append((made[operation]["ResponseMetadata"]["HTTPStatusCode"], plain(made[operation])))
        except ClientError as error:
            found.append((error.response["ResponseMetadata"]["HTTPStatusCode"], plain(error.response["Error"])))
    return found


def plain(value):
    """A value without what differs from run to run."""
    if isinstance(value, dict):
        return {key: RANDOM_KEYS.get(key) or plain(each) for key, each in value.items() if key not in DROPPED}
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, datetime):
        return "a time"
    if hasattr(value, "read"):
        return value.read()
    if isinstance(value, (int, float)) and value > 1e9:
        return "a time"
    if isinstance(value, str):
        for pattern in RANDOM:
            value = pattern.sub("…", value)
    return value


@pytest.fixture(scope="module")
def replayed():
    """The calls, what plain moto answered each, and what the sandbox did."""
    with pytest.MonkeyPatch.context() as patched:  # credentials for plain moto, and no way out
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
            patched.delenv(name, raising=False)
        for name, value in ENVIRONMENT.items():
            patched.setenv(name, value)
        with mock_aws():
            motos = answers(datetime.now)
        with Sandbox() as sandbox:
            ours = answers(sandbox.clock.now)
    return list(zip(CALLS, motos, ours, strict=True))


def test_the_same_answers(replayed):
    assert [(told(call), motos, ours) for call, motos, ours in replayed if motos != ours] == []
    assert {status // 100 for _, (status, _), _ in replayed} == {2, 4}  # calls that succeed and calls that fail


def test_what_is_as_moto_has_it_is_replayed_with_success(replayed):
    ours = contract.answered(Sandbox().gateway)
    rows = {(row.service, xform_name(row.operation)) for row in contract.rows() if (row.service, row.operation) not in ours}
    succeeded = {call[:2] for call, *answers in replayed if all(status < 300 for status, _ in answers)}
    assert rows - succeeded == set(), "sandbox/contract.toml says so of them: add calls to replayed.py"


def test_what_is_replayed_is_promised():
    promised = {(row.service, xform_name(row.operation)) for row in contract.rows()}
    assert {call[:2] for call in CALLS} - promised == set()
