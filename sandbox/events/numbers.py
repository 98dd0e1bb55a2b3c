"""JSON as EventBridge reads it: numbers keep their spelling. Pure."""

import json
from typing import Any, Self


class Number(float):
    """A number with a fraction or an exponent, as it was `written`: 300.0 and 3.0e2 are equal, and compare as floats do."""

    written: str

    def __new__(cls, written: str) -> Self:
        """Read a JSON number."""
        number = super().__new__(cls, written)
        number.written = written
        return number


def read(text: str) -> Any:
    """The value in a JSON text. Raises json.JSONDecodeError."""
    return json.loads(text, parse_float=Number)


def spelling(number: float) -> str:
    """A number's text in JSON."""
    return number.written if isinstance(number, Number) else json.dumps(number)


def copied(value: Any) -> Any:
    """A value of JSON, its objects and arrays anew; what JSON does not have stays as it is."""
    if isinstance(value, dict):
        return {str(name): copied(each) for name, each in value.items()}
    return [copied(each) for each in value] if isinstance(value, list | tuple) else value
