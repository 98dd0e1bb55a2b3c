"""A checkout of its own for a test that runs make in it, set up as this one is."""

import errno
import os
import pty
import re
import shutil
import signal
import subprocess
import threading
from pathlib import Path

ROOT = Path(__file__).parent.parent
SET_UP = (".venv", "node_modules", ".cache")
MADE = shutil.ignore_patterns(".git", ".*_cache", ".hypothesis", "__pycache__", "cdk.out", *SET_UP)
AS_IT_IS = ("make", "--old-file=.venv/ready", "--old-file=node_modules/ready")
"""Make, with what set-up made taken for finished: it is shared with everybody's tests, and set-up has tests of its own."""


def copy(folder: Path) -> Path:
    """The folder, with everything in it that a clone has after set-up."""
    shutil.copytree(ROOT, folder, ignore=MADE)
    for name in SET_UP:
        (folder / name).symlink_to(ROOT / name)
    return folder


def plain(environment):
    """The environment without what a make around this one would tell it."""
    return {name: value for name, value in environment.items() if not name.startswith("MAKE")}


PATIENCE = 240
"""Seconds for all that a command does at a terminal."""


def at_a_terminal(command, folder, environment, answers):
    """The exit code and the output, without its colours, of a command whose user answers each (y/n) with the next of `answers`."""
    ours, its = pty.openpty()
    with subprocess.Popen(command, cwd=folder, env=environment, stdin=its, stdout=its, stderr=its, start_new_session=True) as process:
        os.close(its)
        late = threading.Timer(PATIENCE, lambda: os.killpg(process.pid, signal.SIGKILL))
        late.start()
        output, asked = b"", 0
        while more := _read(ours):
            output += more
            if output.count(b"(y/n)") > asked:
                os.write(ours, f"{answers[asked]}\n".encode())
                asked += 1
        late.cancel()
    os.close(ours)
    return process.returncode, re.sub(r"\x1b\[[0-9;]*m", "", output.decode())


def _read(terminal):
    """What comes next; nothing when all that wrote to the terminal have ended."""
    try:
        return os.read(terminal, 65536)
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        return b""
