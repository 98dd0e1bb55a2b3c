"""Planning a night of a very large fleet: one invocation of the deployed planner, in a process held to the memory it is deployed with."""

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from werkzeug.serving import make_server

from benchmarks.apart import Tell
from benchmarks.assembly import HOME
from benchmarks.fleet import EVENING, SLOT, launch
from sandbox.account import Sandbox
from sandbox.server.endpoint import Endpoint
from sandbox.server.keeper import Keeper
from sandbox.server.up import QuietHandler

AT_ONCE = 1000
PLANNER = f"nightkeep-{HOME}-take-images"


@dataclass(frozen=True)
class Planned:
    """What the planner took for its night, and what it may take."""

    instances: int
    takes: int
    seconds: float
    timeout: int
    peak_mib: float | None
    memory: int


def play(assembly: Path, instances: int, tell: Tell) -> Planned:
    """Launch `instances` and plan their night. Raises RuntimeError when the planner fails."""
    with _served() as sandbox:
        sandbox.deploy(assembly)
        for start in range(0, instances, AT_ONCE):
            launch(sandbox.client("ec2", HOME), min(AT_ONCE, instances - start))
            tell(start / instances / 2)
        sandbox.clock.run_until(SLOT.replace(hour=1, minute=59))
        began = time.perf_counter()
        client = sandbox.client("lambda", HOME)
        answer = client.invoke(FunctionName=PLANNER, Payload=json.dumps({"policy": "nightly", "time": SLOT.isoformat()}))
        seconds = time.perf_counter() - began
        planned = [record for record in sandbox.functions.records(PLANNER) if record.get("event") == "night.planned"]
        if "FunctionError" in answer or not planned:
            raise RuntimeError(f"The planner failed: {answer['Payload'].read().decode()}")
        deployed = client.get_function_configuration(FunctionName=PLANNER)
        takes = planned[-1]["detail"]["takes"]
        return Planned(instances, takes, seconds, deployed["Timeout"], _peak_mib(deployed["Handler"]), deployed["MemorySize"])


def _peak_mib(handler: str) -> float | None:
    """The most memory that the process of `handler` has held; only Linux tells that of another process."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if handler in (folder / "cmdline").read_text().split("\0"):
                [peak] = re.findall(r"VmHWM:\s+(\d+) kB", (folder / "status").read_text())
                return int(peak) / 1024
    return None


@contextmanager
def _served() -> Iterator[Sandbox]:
    """A sandbox whose functions run in processes, which call it over HTTP; this thread is the account's."""
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True, request_handler=QuietHandler)
    with Sandbox(EVENING, functions="processes", endpoint=f"http://localhost:{server.port}") as sandbox:
        keeper = Keeper(sandbox, still=True)
        sandbox.functions.post, sandbox.functions.wait = keeper.post, keeper.serve_until
        server.app = Endpoint(keeper)
        listening = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        listening.start()
        yield sandbox
        server.shutdown()
    server.server_close()
