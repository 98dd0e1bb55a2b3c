"""Serves a sandbox on loopback until it is told to stop."""

import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import FrameType

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from sandbox.account import START, Sandbox
from sandbox.gateway import ADMINISTRATOR_KEY
from sandbox.server.control import set_timing
from sandbox.server.endpoint import Endpoint
from sandbox.server.keeper import Keeper

LOOPBACK = "127.0.0.1"
BRISK: dict[str, float] = {
    "image": 3,
    "image_per_gib": 0,
    "copy": 5,
    "copy_per_gib": 0,
    "failure": 2,
    "visibility_lag": 1,
    "launch": 2,
    "stop": 2,
    "terminate": 2,
}
"""How many seconds things take where the clock goes as fast as time: nobody wants to wait."""

BRISK_WINDOW = timedelta(seconds=1)
"""And for how long batches are gathered."""


class PortTakenError(Exception):
    """Another program listens on the port."""


class QuietHandler(WSGIRequestHandler):
    """Adds no date of its own to the sandbox's, and logs no requests: `calls` lists them."""

    def send_response(self, code: int, message: str | None = None) -> None:
        """The status line."""
        self.send_response_only(code, message)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing."""


def serve(port: int, *, still: bool, in_process: bool, start: datetime | None, say: Callable[[str], None]) -> None:
    """Serve a new sandbox at `port` (0: any free one) until SIGINT or SIGTERM; `say` is told the environment to set once it answers.

    Its clock starts at `start`; by default now, or where it stands (`still`) always at the same time.

    Raises:
        PortTakenError: the port is not free.
    """
    logging.basicConfig(stream=sys.stderr, format="%(message)s", level=logging.WARNING)
    server = _bound(port)
    endpoint = f"http://localhost:{server.port}"
    began = start or (START if still else datetime.now(UTC))
    sandbox = Sandbox(began) if in_process else Sandbox(began, functions="processes", endpoint=endpoint)
    with sandbox:
        if not still:
            set_timing(sandbox, BRISK)
            sandbox.runtime.mappings.longest_window = BRISK_WINDOW
        keeper = Keeper(sandbox, still=still)
        sandbox.functions.post, sandbox.functions.wait = keeper.post, keeper.serve_until
        server.app = Endpoint(keeper)
        listening = threading.Thread(target=server.serve_forever, name="http", daemon=True)
        _on_signal(keeper.stop)
        listening.start()
        say(environment(endpoint))
        keeper.keep()
        server.shutdown()
    server.server_close()


def environment(endpoint: str) -> str:
    """What a shell has to be told so that AWS's tools talk to the sandbox."""
    values = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": ADMINISTRATOR_KEY,
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_REGION": "ap-south-1",
        "AWS_DEFAULT_REGION": "ap-south-1",
    }
    return "\n".join(f"export {name}={value}" for name, value in values.items())


def _bound(port: int) -> BaseWSGIServer:
    def starting(_environ: object, _start: object) -> list[bytes]:
        raise RuntimeError("Requests are taken once the sandbox is there.")

    try:
        listening = socket.create_server((LOOPBACK, port))
    except OSError as error:
        raise PortTakenError(f"Port {port} is taken by another program; leave --port out for a free one.") from error
    with listening:
        return make_server(LOOPBACK, port, starting, threaded=True, request_handler=QuietHandler, fd=listening.fileno())


def _on_signal(stop: Callable[[], None]) -> None:
    def stopping(_number: int, _frame: FrameType | None) -> None:
        stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stopping)
