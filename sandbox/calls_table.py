"""The record of calls as a person reads it: one line each."""

from typing import Any

from rich.table import Table
from rich.text import Text

SHORTEST = 20


def calls_table(calls: list[dict[str, Any]]) -> Table:
    """A table of calls as Remote.calls gives them; what does not fit into a line is cut."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("time", "caller", "region", "call"):
        table.add_column(title, no_wrap=True)
    table.add_column("parameters", no_wrap=True, overflow="ellipsis", ratio=3, min_width=SHORTEST)
    table.add_column("result", no_wrap=True, overflow="ellipsis", ratio=2, min_width=SHORTEST)
    table.expand = True
    for call in calls:
        name = f"{call['service']} {call['operation']}"
        table.add_row(call["time"][:19], call["caller"], call["region"], name, Text(_brief(call["parameters"])), _result(call))
    return table


def _result(call: dict[str, Any]) -> Text:
    return Text(call["error_code"], "red") if call["error_code"] else Text(_brief(call["response"] or {}))


def _brief(value: Any) -> str:
    """A value without the punctuation of JSON, as in `Name=web Tags=[Key=a Value=b]`."""
    if isinstance(value, dict):
        return " ".join(f"{key}={_brief(each)}" for key, each in value.items())
    if isinstance(value, list):
        return f"[{', '.join(map(_brief, value))}]"
    return str(value)
