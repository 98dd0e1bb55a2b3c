"""The HTTP endpoint: what is AWS's goes through the front door, what is the sandbox's own to its control."""

import json
import logging
import socket
import traceback
from collections.abc import Callable, Iterable
from typing import Any

import time_machine
from werkzeug.http import http_date
from werkzeug.wrappers import Request, Response

from sandbox.gateway import UnreachableError
from sandbox.remote import PREFIX
from sandbox.server.addresses import as_sent_to_aws
from sandbox.server.control import Control, ControlError
from sandbox.server.keeper import Keeper, StoppedError
from sandbox.wire import CREDENTIAL, FrontDoor

Start = Callable[..., Any]
log = logging.getLogger(__name__)


class Endpoint:
    """A WSGI application that answers for a kept sandbox, in as many threads as one likes."""

    def __init__(self, keeper: Keeper) -> None:
        """Answer for what `keeper` keeps."""
        self._keeper = keeper
        self._door = FrontDoor(keeper.sandbox.gateway)
        self._control = Control(keeper)

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        """One request."""
        try:
            response = self._controlled(environ) if environ["PATH_INFO"].startswith(PREFIX) else self._aws(environ)
        except StoppedError:
            response = _told("The sandbox is being stopped.", 503)
        except Exception as error:
            log.exception("The sandbox failed at a request")
            response = _told(f"The sandbox failed: {traceback.format_exception_only(error)[-1].strip()}", 500)
        return response(environ, start)

    def _aws(self, environ: dict[str, Any]) -> Response:
        request = as_sent_to_aws(environ)
        try:
            answer = self._keeper.ask(lambda: self._door.answer(request))
        except UnreachableError:
            _hang_up(environ["werkzeug.socket"])
            return Response(status=503)
        headers = {key: value for key, value in answer.headers.items() if key.lower() not in {"connection", "transfer-encoding"}}
        if self._is_outside(request):
            headers["Date"] = http_date(time_machine.escape_hatch.time.time())
        if request.method != "HEAD":
            return Response(answer.body, answer.status, headers)
        response = Response([], answer.status, headers)  # its length is that of the body which it leaves out
        response.automatically_set_content_length = False
        return response

    def _is_outside(self, request: Request) -> bool:
        """Whether a person's tool asks, as the administrator or in a session of a role, not a function: its clock is the world's.

        An answer of another time looks as if that clock were set wrong; the CDK CLI then makes every call that fails seven times.
        """
        match = CREDENTIAL.search(request.headers.get("Authorization", ""))
        caller = self._keeper.sandbox.gateway.caller_of(match["key"] if match else None)
        return caller.role_arn is None or caller.expires is not None

    def _controlled(self, environ: dict[str, Any]) -> Response:
        request = Request(environ)
        asked: Any = request.args.to_dict() if request.method == "GET" else json.loads(request.get_data() or b"{}")
        path = request.path.removeprefix(PREFIX)
        try:
            answer = self._keeper.ask(lambda: self._control.answer(request.method, path, asked))
        except ControlError as error:
            return _told(str(error), 400)
        return Response(json.dumps(answer, default=str), mimetype="application/json")


def _told(problem: str, status: int) -> Response:
    return Response(json.dumps({"error": problem}), status, mimetype="application/json")


def _hang_up(connection: socket.socket) -> None:
    """Let the connection fail, as one to a region out of reach does."""
    connection.shutdown(socket.SHUT_RDWR)
