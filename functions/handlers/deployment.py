"""What this function was deployed with: its configuration and its settings, read once."""

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from functions.core import config
from functions.core.config import Config
from functions.core.settings import Settings


@dataclass(frozen=True)
class Deployment:
    """The configuration that ships with the code, and the settings that the stacks wrote into the environment."""

    config: Config
    settings: Settings


@cache
def load() -> Deployment:
    """Read both. Raises ConfigError or SettingsError, which say what to mend."""
    root = Path(os.environ.get("LAMBDA_TASK_ROOT", "."))
    return Deployment(config.load(root / "nightkeep.toml"), Settings.from_env(os.environ))
