"""An execution environment: a function's code, imported for itself, that takes one invocation at a time."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from moto.awslambda.models import LambdaFunction

from sandbox.functions.code import unpacked
from sandbox.functions.isolation import World
from sandbox.functions.layers import importable
from sandbox.functions.log import Output

Handler = Callable[[Any, Any], Any]
KEPT = ("PATH", "HOME", "TMPDIR", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_EC2_METADATA_DISABLED")


@dataclass
class Environment:
    """A function's environment. `request_id` is the invocation that it is busy with; what it prints while it is `silent` is lost."""

    function: LambdaFunction
    credentials: dict[str, str]
    emit: Callable[[str, str], None]
    stateless: frozenset[str] = frozenset()
    request_id: str = ""
    silent: bool = False
    world: World = field(init=False)
    _handler: Handler | None = None

    def __post_init__(self) -> None:
        """Unpack the code; nothing is imported yet."""
        folder = unpacked(self.function.code_bytes)
        output = Output(lambda text: None if self.silent else self.emit(self.request_id, text))
        own = variables(self.function, str(folder), self.credentials)
        self.world = World(folder, own, output, importable(self.function), self.stateless)

    def handler(self) -> Handler:
        """The function's handler, its module imported the first time this is asked, the world being entered. Raises whatever the import raises."""
        if self._handler is None:
            module, _, name = str(self.function.handler).rpartition(".")
            self._handler = self.world.load(lambda: getattr(import_module(module.replace("/", ".")), name))
        return self._handler


def variables(function: LambdaFunction, folder: str, credentials: dict[str, str]) -> dict[str, str]:
    """The variables of an environment whose code lies in `folder`: the deployed ones, and those that Lambda adds."""
    kept = {name: value for name, value in os.environ.items() if name in KEPT or name.startswith("MOTO_")}
    own = {
        "AWS_REGION": function.region,
        "AWS_DEFAULT_REGION": function.region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.run_time}",
        "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
        "AWS_LAMBDA_LOG_GROUP_NAME": function.logs_group_name,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "LAMBDA_TASK_ROOT": folder,
        "_HANDLER": str(function.handler),
        "TZ": ":UTC",
    }
    return kept | {name: str(value) for name, value in function.environment_vars.items()} | own | credentials
