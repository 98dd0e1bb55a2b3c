"""The Runtime API of one environment, on a loopback port of its own, as Lambda's documentation has it, and the sandbox's clock beside it."""

import re
import socket
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from threading import Thread
from typing import Protocol

INVOCATION = re.compile(r"/2018-06-01/runtime/invocation/(?P<request_id>[^/]+)/(?P<outcome>response|error)")


@dataclass(frozen=True)
class Event:
    """What an environment is handed: a payload, until when it is to be dealt with in milliseconds since 1970, and its trace header."""

    request_id: str
    arn: str
    payload: str
    deadline: int
    trace: str = ""


class Runtime(Protocol):
    """Who answers. Everything is called from the threads of the server, and may wait."""

    def next(self) -> Event | None:
        """Wait for an event; None: there will be none."""

    def answered(self, request_id: str, payload: str, *, failed: bool) -> None:
        """The handler returned, or raised."""

    def not_initialized(self, payload: str) -> None:
        """There is no handler: its import failed."""

    def now(self) -> float:
        """The time, in seconds since 1970."""

    def sleep(self, seconds: float) -> None:
        """Return when `seconds` have passed."""


class RuntimeApi:
    """Serves a runtime from when it is made until it is closed."""

    def __init__(self, runtime: Runtime) -> None:
        """Listen on a free port of the loopback."""
        self._open = True
        self._server = _Server(("127.0.0.1", 0), lambda *connection: _Handler(runtime, *connection))
        self._thread = Thread(target=self._serve, name="runtime-api", daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """Host and port."""
        host, port = self._server.server_address[:2]
        return f"{host!s}:{port}"

    def close(self) -> None:
        """Take no more connections; those that are open end with their clients."""
        self._open = False
        host, port = self.address.split(":")
        socket.create_connection((host, int(port))).close()  # which wakes the thread
        self._thread.join()
        self._server.server_close()

    def _serve(self) -> None:
        while self._open:
            self._server.handle_request()


class _Server(ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 16

    def handle_error(self, request: object, client_address: object) -> None:
        """A process that was killed says nothing more, and that is no error of the server's."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer is one packet: the second of two would wait for the first to be acknowledged

    def __init__(self, runtime: Runtime, *connection: object) -> None:
        self._runtime = runtime
        super().__init__(*connection)  # type: ignore[arg-type] # handed on as the server gave it

    def do_GET(self) -> None:
        """The next event, or the time."""
        if self.path == "/sandbox/now":
            self._answer(200, str(self._runtime.now()))
            return
        event = self._runtime.next()
        if event is None:
            self.close_connection = True
            return
        headers = {
            "Lambda-Runtime-Aws-Request-Id": event.request_id,
            "Lambda-Runtime-Deadline-Ms": str(event.deadline),
            "Lambda-Runtime-Invoked-Function-Arn": event.arn,
        } | ({"Lambda-Runtime-Trace-Id": event.trace} if event.trace else {})
        self._answer(200, event.payload, headers)

    def do_POST(self) -> None:
        """What became of an event or of the start, or a wish to sleep."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path == "/sandbox/sleep":
            self._runtime.sleep(float(body))
            self._answer(200, str(self._runtime.now()))
        elif self.path == "/2018-06-01/runtime/init/error":
            self._answer(202, '{"status":"OK"}')
            self._runtime.not_initialized(body)
        elif found := INVOCATION.fullmatch(self.path):
            self._answer(202, '{"status":"OK"}')
            self._runtime.answered(found["request_id"], body, failed=found["outcome"] == "error")
        else:
            self._answer(404, '{"errorType":"NotFound"}')

    def _answer(self, status: int, body: str, headers: dict[str, str] | None = None) -> None:
        content = body.encode()
        self.send_response_only(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""
