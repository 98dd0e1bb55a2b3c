"""Every answer that the sandbox writes itself against botocore's model of its operation: whoever opens a sandbox in a test is watched."""

from functools import cache

import boto3

from sandbox.account import Sandbox
from sandbox.shapes import problems

CHECKED = {"unknown", "missing", "type", "enum"}
"""Bounds and patterns are for parameters: AWS's own answers do not keep them everywhere."""
BEYOND_THE_MODEL = {
    ("ec2", "Platform"): "AWS answers windows, its model says Windows",
    ("cloudformation", "ResourceStatus"): "the event of a stack itself has the stack's status",
}
"""(service, end of the path): why an answer has a value there that the model's enum lacks, AWS's answers having it too."""


def watch(monkeypatch):
    """Watch each sandbox that is entered from now on; gives the list that what is wrong will be in."""
    found = []
    enter = Sandbox.__enter__

    def watched(sandbox):
        opened = enter(sandbox)
        opened.gateway.watchers.append(lambda call: found.extend(wrong(call, opened.gateway.operations)))
        return opened

    monkeypatch.setattr(Sandbox, "__enter__", watched)
    return found


def wrong(call, ours):
    """What is wrong with one call's answer, in words; nothing for errors and for what is not ours."""
    if (call.service, call.operation) not in ours or call.response is None:
        return []
    shape = _output(call.service, call.operation)
    if shape is None:
        return [f"{call.service} {call.operation} answers {call.response}, where the model has no answer"] if call.response else []
    return [
        f"{call.service} {call.operation}: {problem}"
        for problem in problems(shape, call.response)
        if problem.kind in CHECKED and not any(call.service == name and problem.path.endswith(end) for name, end in BEYOND_THE_MODEL)
    ]


@cache
def _output(service, operation):
    return _model(service).operation_model(operation).output_shape


@cache
def _model(service):
    return boto3.client(service, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x").meta.service_model
