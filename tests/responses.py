"""What every test's sandboxes answer: held against botocore's models and against the contract, whoever opens them."""

from dataclasses import replace
from functools import cache, partial

from botocore.parsers import create_parser
from moto.core.utils import get_service_model

from sandbox import contract, ec2_answers
from sandbox.account import Sandbox
from sandbox.missing import CODE, refuse
from sandbox.shapes import problems
from tests.noted import Noted

PROMISED = {(row.service, row.operation) for row in contract.rows()}
UNREAD = {(row.service, row.operation): [*row.ignored, *row.refused] for row in contract.rows()}
"""Of what is refused, False and what is empty are let through."""
WHERE_NEEDED = {
    ("ec2", "CreateLaunchTemplate"): ["LaunchTemplateData"],
    ("ec2", "CreateLaunchTemplateVersion"): ["LaunchTemplateData"],
    ("ec2", "DescribeImages"): ["IncludeDeprecated", "IncludeDisabled"],
    ("ec2", "DescribeInstances"): ["Filters"],
    ("ec2", "ModifySnapshotAttribute"): ["CreateVolumePermission.Add.Group"],
}
"""What is read only where there is something that it decides about, or as part of something whole."""
CHECKED = {"unknown", "missing", "type", "enum"}
"""Bounds and patterns are for parameters: AWS's own answers do not keep them everywhere."""
BEYOND_THE_MODEL = {
    ("ec2", "Platform"): "AWS answers windows, its model says Windows",
    ("cloudformation", "ResourceStatus"): "the event of a stack itself has the stack's status",
}
"""(service, end of the path): why an answer has a value there that the model's enum lacks, AWS's answers having it too."""
MOTOS_DEVIATIONS: dict[tuple[str, str, str], str] = {}
"""(service, operation, end of the path): where moto's answers are not as the model says, and how."""

found: list[str] = []
"""What is wrong with the answers to the test that runs."""
called: set[tuple[str, str]] = set()
"""What the test that runs has called, refused or not."""
succeeded: set[tuple[str, str]] = set()
"""What of it was answered without an error at least once."""


def begin():
    """A test begins: forget what the last one did. The first time, start to watch each sandbox that is entered."""
    found.clear()
    called.clear()
    succeeded.clear()
    if Sandbox.__enter__ is not _watched:
        Sandbox.__enter__ = _watched


def _watched(sandbox, enter=Sandbox.__enter__):
    opened = enter(sandbox)
    ours = opened.gateway.operations
    for key, operation in ours.items():
        if operation is not refuse:
            ours[key] = partial(_noting, operation)

    def watch(call):
        key = (call.service, call.operation)
        if key in ours or key not in succeeded:  # moto's: the first is read, most never are
            found.extend(wrong(call, ours))
        if key in ours and key[0] == "ec2" and key not in succeeded and call.response is not None:
            found.extend(read_otherwise(call))
        if call.error_code != CODE and call.service:  # who does not sign names no service
            called.add(key)
        if call.error_code is None:
            succeeded.add(key)

    opened.gateway.watchers.append(watch)
    return opened


def _noting(operation, request):
    """Perform an operation, and find what it left unread of its parameters."""
    given = Noted(request.parameters)
    answer = operation(replace(request, parameters=given))
    key = request.service, request.operation
    expected = [*UNREAD.get(key, []), *WHERE_NEEDED.get(key, [])]
    found.extend(
        f"{request.service} {request.operation} does not read {path}"
        for path in given.unread()
        if not any(path == one or path.startswith(f"{one}.") for one in expected)
    )
    return answer


def read_otherwise(call):
    """Whether botocore would read an answer of EC2's as it is handed over without HTTP, in words."""
    shape = _output(call.service, call.operation)
    body = ec2_answers.written(get_service_model("ec2").operation_model(call.operation), call.response, call.request_id)
    read = create_parser("ec2").parse({"status_code": 200, "headers": {}, "body": body}, shape)
    read.pop("ResponseMetadata")
    return [] if read == ec2_answers.as_read(shape, call.response) else [f"ec2 {call.operation}: HTTP would carry {read}"]


def unpromised():
    """What the test called and was answered, though the contract says nothing of it."""
    return sorted(called - PROMISED)


def wrong(call, ours):
    """What is wrong with one call's answer, in words; nothing for errors."""
    if call.response is None:
        return []
    shape = _output(call.service, call.operation)
    if shape is None:
        return [f"{call.service} {call.operation} answers {call.response}, where the model has no answer"] if call.response else []
    is_ours = (call.service, call.operation) in ours
    return [
        f"{call.service} {call.operation}: {problem}"
        for problem in problems(shape, call.response)
        if problem.kind in CHECKED and not _known(call, problem, is_ours)
    ]


def _known(call, problem, is_ours):
    if is_ours:
        return any(call.service == name and problem.path.endswith(end) for name, end in BEYOND_THE_MODEL)
    known = {end for service, operation, end in MOTOS_DEVIATIONS if (service, operation) == (call.service, call.operation)}
    return any(problem.path.endswith(end) for end in known)


@cache
def _output(service, operation):
    return get_service_model(service).operation_model(operation).output_shape  # the gateway has read it already
