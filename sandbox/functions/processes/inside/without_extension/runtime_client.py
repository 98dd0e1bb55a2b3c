"""Stands in for awslambdaric's compiled module `runtime_client` where a machine has none: AWS offers it for Linux only.

It comes last on the path, so that the compiled one is used where there is one. The same four functions, by the documented Runtime API.
"""

import os
from http.client import HTTPConnection

INVOCATION = "/2018-06-01/runtime/invocation"
_user_agent = ""


def initialize_client(user_agent: str) -> None:
    """Say from now on who asks."""
    global _user_agent  # noqa: PLW0603 - the module it stands in for keeps it so
    _user_agent = user_agent


def next() -> tuple[bytes, dict[str, str | int]]:  # noqa: A001 - its name
    """Wait for the next event: its body, and its headers, the deadline as a number."""
    body, headers = _call("GET", f"{INVOCATION}/next", None, {})
    deadline = "Lambda-Runtime-Deadline-Ms"
    return body, {**headers, deadline: int(headers[deadline])}


def post_invocation_result(
    invoke_id: str, content: bytes, content_type: str = "application/json", _invocation_id: str | None = None
) -> None:
    """Answer an event."""
    _call("POST", f"{INVOCATION}/{invoke_id}/response", content, {"Content-Type": content_type})


def post_error(invoke_id: str, content: str, _xray_fault: str, _invocation_id: str | None = None) -> None:
    """Say that the handler failed with an event."""
    _call("POST", f"{INVOCATION}/{invoke_id}/error", content.encode(), {"Content-Type": "application/json"})


def _call(method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[bytes, dict[str, str]]:
    connection = HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    try:
        connection.request(method, path, body, {"User-Agent": _user_agent, **headers})
        answer = connection.getresponse()
        content = answer.read()
    finally:
        connection.close()
    if answer.status >= 300:
        raise RuntimeError(f"The Runtime API answers {answer.status} to {method} {path}.")
    return content, dict(answer.headers)
