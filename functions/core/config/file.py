"""Reading `nightkeep.toml` as TOML."""

import re
import tomllib
from pathlib import Path
from typing import Any

from functions.core.errors import ConfigError

_TWICE = re.compile(r"Cannot declare \((?P<table>.+)\) twice (?P<where>\(at .+\))")


def read(path: Path) -> dict[str, Any]:
    """The document in the file `path`. Raises ConfigError when there is none, or when it is not TOML, with line and column."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(str(path), (f"the file cannot be read: {error.strerror}",)) from error
    except UnicodeDecodeError as error:
        raise ConfigError(str(path), (f"the file is not UTF-8 text: byte {error.start} cannot be read",)) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(str(path), (_in_words(str(error)),)) from error


def _in_words(message: str) -> str:
    if twice := _TWICE.fullmatch(message):
        table = ".".join(part.strip(" '\"") for part in twice["table"].split(",") if part.strip())
        return f"the table [{table}] stands twice {twice['where']}: keep one, or give the second another name"
    return (
        message.replace("Cannot overwrite a value", "this key stands twice, or its table is written in two ways") + ", so this is not TOML"
    )
