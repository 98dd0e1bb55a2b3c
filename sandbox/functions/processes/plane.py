"""What all function processes of a sandbox share: its clock, its endpoint, its thread."""

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sandbox.clock import Action, Clock
from sandbox.functions.processes.packages import python_path


@dataclass(frozen=True)
class Processes:
    """Where function processes run.

    They call the sandbox at `endpoint`, and what they do to the account is given to `post`, from any thread: it runs the action on
    the thread that the account belongs to. `busy` is the environments whose handlers are at work; it changes on that thread only.
    """

    clock: Clock
    endpoint: str
    post: Callable[[Action], None]
    busy: set[object] = field(default_factory=set)
    path: list[str] = field(default_factory=python_path)

    def variables(self) -> dict[str, str]:
        """What the environment of each process has besides its own."""
        url = urlsplit(self.endpoint)
        host = "127.0.0.1" if url.hostname == "localhost" else url.hostname  # by its number, S3 puts no bucket before it
        return {"AWS_ENDPOINT_URL": f"{url.scheme}://{host}:{url.port}", "PYTHONPATH": ":".join(self.path), "PYTHONUNBUFFERED": "1"}
