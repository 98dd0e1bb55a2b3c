"""What goes back over HTTP."""

from dataclasses import dataclass


@dataclass(frozen=True)
class HttpResponse:
    """An HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes
