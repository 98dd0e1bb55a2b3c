"""One operating system process, what it writes, and its end."""

import codecs
import os
import resource
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock, Thread

from sandbox.functions.log import Output

MIB = 2**20
PYTHON = str(getattr(sys, "_base_executable", sys.executable))
"""The interpreter without the virtual environment: a function is to find only what it has in Lambda."""


class Process:
    """Runs a handler from when it is made. It ends when it is killed, when it exits, or with this process, however that ends."""

    def __init__(
        self, handler: str, folder: Path, variables: dict[str, str], emit: Callable[[str], None], ended: Callable[[int], None]
    ) -> None:
        """Start; `emit` gets each line that it writes, `ended` its exit code as subprocess gives it, both from other threads."""
        self._ended = ended
        self._output = Output(emit)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._reading = Lock()
        self._process = subprocess.Popen(  # noqa: S603 - the sandbox runs what was deployed to it
            [PYTHON, "-S", "-m", "sandbox_process", handler],
            cwd=folder,
            env=variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C in the terminal is the sandbox's to deal with
        )
        assert self._process.stdout is not None
        self._pipe = self._process.stdout
        os.set_blocking(self._pipe.fileno(), False)
        self._threads = [Thread(target=work, name=work.__name__, daemon=True) for work in (self._read, self._watch)]
        for thread in self._threads:
            thread.start()

    def hold_to(self, mib: int) -> None:
        """Let it have so much memory and no more; Linux alone can tell that to a process that runs."""
        if sys.platform == "linux":
            resource.prlimit(self._process.pid, resource.RLIMIT_DATA, (mib * MIB, mib * MIB))

    def hand_on_lines(self) -> None:
        """Hand on the lines that it has written until now, which may still be on their way."""
        with self._reading:
            self._drain()

    def finish_lines(self) -> None:
        """Hand on all that it has written until now, the last line without an end too."""
        with self._reading:
            self._drain()
            self._output.finish()

    def die(self) -> None:
        """End it at once; `ended` is told."""
        self._process.kill()

    def kill(self) -> None:
        """End it and whatever it started, at once; nothing of it is left when this returns, and `ended` is not called for it."""
        self._ended = _nobody
        with suppress(ProcessLookupError, PermissionError):  # the latter is what macOS says of one that is gone
            os.killpg(self._process.pid, signal.SIGKILL)
        for thread in self._threads:
            thread.join(timeout=1)  # what it started may have left its group and still hold its output

    def _read(self) -> None:
        waiting = select.poll()
        waiting.register(self._pipe, select.POLLIN)
        more = True
        while more:
            waiting.poll()
            with self._reading:
                more = self._drain()
                if not more:
                    self._pipe.close()

    def _drain(self) -> bool:
        """Read what there is; whether there can be more."""
        while not self._pipe.closed:
            try:
                found = os.read(self._pipe.fileno(), 65536)
            except BlockingIOError:
                return True
            if not found:
                return False
            self._output.write(self._decoder.decode(found))
        return False

    def _watch(self) -> None:
        code = self._process.wait()
        assert self._process.stdin is not None
        self._process.stdin.close()
        self.finish_lines()
        self._ended(code)


def _nobody(_: int) -> None:
    """Nobody is to be told."""
