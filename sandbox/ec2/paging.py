"""EC2's pages: MaxResults and NextToken."""

import base64
from collections import OrderedDict
from itertools import count

from sandbox.gateway import ApiError, Request

MOST_LISTINGS = 500


class Pages:
    """Listings under way. A listing is fixed when its first page is asked for; a token can be used again."""

    def __init__(self) -> None:
        """Know of no listing."""
        self._listings: OrderedDict[str, list[str]] = OrderedDict()
        self._numbers = count(1)

    def resume(self, request: Request) -> list[str] | None:
        """The rest of the listing that the request's NextToken continues; None if it has none.

        Raises:
            ApiError: InvalidNextToken.
        """
        token = request.parameters.get("NextToken")
        if not token:
            return None
        name, _, position = base64.b64decode(str(token).encode() + b"==", altchars=b"-_").decode(errors="replace").partition(":")
        if name not in self._listings or not position.isdigit():
            raise ApiError("InvalidNextToken", "The specified token is invalid.")
        return self._listings[name][int(position) :]

    def cut(
        self, request: Request, ids: list[str], smallest: int = 5, largest: int = 1000, usual: int | None = None
    ) -> tuple[list[str], str | None]:
        """The page of `ids` that the request asks for, and the token of the next one; `usual` many on a page without MaxResults.

        Raises:
            ApiError: InvalidParameterValue for a MaxResults out of bounds.
        """
        size = request.parameters.get("MaxResults", usual)
        if size is None:
            return ids, None
        if not smallest <= size <= largest:
            raise ApiError(
                "InvalidParameterValue",
                f"Value ( {size} ) for parameter maxResults is invalid. Expecting a value between {smallest} and {largest}.",
            )
        if len(ids) <= size:
            return ids, None
        return ids[:size], self._token(ids[size:])

    def _token(self, rest: list[str]) -> str:
        name = str(next(self._numbers))
        self._listings[name] = rest
        if len(self._listings) > MOST_LISTINGS:
            self._listings.popitem(last=False)
        return base64.urlsafe_b64encode(f"{name}:0".encode()).decode()
