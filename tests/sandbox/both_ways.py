"""Scenarios played without HTTP and over it: what clients read and what the sandbox records is to be the same."""

import random
import re
from copy import copy
from pprint import pformat

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from sandbox import without_http
from sandbox.account import Sandbox
from sandbox.gateway import ApiError

HOME = "ap-south-1"

MOTOS_IDS = re.compile(
    r"\b(vpc|subnet|sg)-[0-9a-f]+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<=Body object at )0x[0-9a-f]+|mrk-[0-9a-f]{32}"
)
"""Of what moto makes by itself, they differ from run to run."""


def heard(sandbox, scenario):
    """A scenario's answers as clients read them, errors too, and the calls as the sandbox recorded them."""
    random.seed(1)  # retries wait for random times
    answers = scenario(sandbox)
    calls = [
        (call.operation, call.region, call.caller_arn, call.parameters, call.error_code, call.error_message, call.response)
        for call in sandbox.gateway.calls
    ]
    return [MOTOS_IDS.sub("", pformat(one)) for one in (*answers, *calls)]


class Told:
    """A client that keeps a copy of each answer."""

    def __init__(self, client, answers):
        self.client, self.answers = client, answers

    def __getattr__(self, name):
        def call(**given):
            answer = getattr(self.client, name)(**given)
            self.answers.append((name, {key: copy(value) for key, value in answer.items()}))
            return answer

        return call


def compare(scenario, monkeypatch):
    """Play a scenario both ways; how many calls of the second went over HTTP."""
    with Sandbox() as sandbox:
        without = heard(sandbox, scenario)
    over = over_http(monkeypatch)
    with Sandbox() as sandbox:
        assert heard(sandbox, scenario) == without
    return len(over)


def over_http(monkeypatch):
    """From now on every call goes over HTTP; the names of their operations, one by one."""
    over = []

    def call(_, client, operation, given):
        over.append(operation)
        return without_http._made(client, operation, given)

    monkeypatch.setattr(without_http, "_call", call)
    return over


def played(*calls):
    """What calls end with, one after the other: errors as clients read them."""
    answers = []
    for call in calls:
        try:
            answers.append(call())
        except BotoCoreError as error:
            answers.append(str(error))
        except ClientError as error:
            answers.append((type(error).__name__, str(error), error.response))
    return answers


def refuse_once(sandbox, code, status):
    """The next call fails, the one after does not: it comes when chance says."""
    left = [ApiError(code, "Not now.", status)]

    def guard(_):
        if left:
            raise left.pop()

    sandbox.gateway.guards.append(guard)


def bucket(name="a-bucket", *, versions=False):
    """A client of S3 that has made a bucket."""
    s3 = boto3.client("s3", HOME)
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": HOME})
    if versions:
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return s3
