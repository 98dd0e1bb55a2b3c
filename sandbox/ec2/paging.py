"""EC2's pages: MaxResults and NextToken."""

import base64
from collections import OrderedDict
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count, islice
from typing import Any

from sandbox.gateway import ApiError, Request

MOST_LISTINGS = 500
PLACE = {"MaxResults", "NextToken"}
LIFE = timedelta(hours=1)
"""How long a listing's tokens can be used. Unverified: that they end, and that they are for the call only that they came from."""


@dataclass(frozen=True)
class _Listing:
    """The ids that one call found, and until when more pages of them can be asked for."""

    region: str
    operation: str
    parameters: dict[str, Any]
    ids: Sequence[str]
    ends: datetime

    def goes_on_with(self, request: Request) -> bool:
        """Whether this asks for a page of the same."""
        given = request.parameters
        if (request.region, request.operation) != (self.region, self.operation) or request.time >= self.ends:
            return False
        return all(given.get(name) == self.parameters.get(name) for name in (given.keys() | self.parameters.keys()) - PLACE)


class Pages:
    """Listings under way. A listing is fixed when its first page is asked for; a token can be used again, for an hour, by the same call only."""

    def __init__(self) -> None:
        """Know of no listing."""
        self._listings: OrderedDict[str, _Listing] = OrderedDict()
        self._numbers = count(1)

    def page(  # noqa: PLR0913, PLR0917 - bounds that differ from operation to operation
        self,
        request: Request,
        find: Callable[[], Sequence[str]],
        kept: Container[str] | None = None,
        smallest: int = 5,
        largest: int = 1000,
        usual: int | None = None,
    ) -> tuple[list[str], str | None]:
        """The page that the request asks for, and the token of the next one; `usual` many on a page without MaxResults.

        `find` gives the listing for a request without a token. What is no longer `kept` is left out; no more than the page is looked at.

        Raises:
            ApiError: InvalidNextToken, InvalidParameterValue for a MaxResults out of bounds, and whatever `find` raises.
        """
        name, start = self._resume(request)
        listing = self._listings[name].ids if name else find()
        size = request.parameters.get("MaxResults", usual)
        there = (place for place in range(start, len(listing)) if kept is None or listing[place] in kept)
        if size is None:
            return [listing[place] for place in there], None
        if not smallest <= size <= largest:
            raise ApiError(
                "InvalidParameterValue",
                f"Value ( {size} ) for parameter maxResults is invalid. Expecting a value between {smallest} and {largest}.",
            )
        page = [listing[place] for place in islice(there, size)]
        following = next(there, None)
        return page, None if following is None else self._token(name or self._keep(request, listing), following)

    def _resume(self, request: Request) -> tuple[str, int]:
        """The listing that the request's NextToken continues, and where; no name if it has none."""
        token = request.parameters.get("NextToken")
        if not token:
            return "", 0
        name, _, position = _text(str(token)).partition(":")
        listing = self._listings.get(name)
        if not listing or not position.isdecimal() or not listing.goes_on_with(request):
            raise ApiError("InvalidNextToken", "The specified token is invalid.")
        return name, int(position)

    def _keep(self, request: Request, ids: Sequence[str]) -> str:
        name = str(next(self._numbers))
        self._listings[name] = _Listing(request.region, request.operation, request.parameters.copy(), ids, request.time + LIFE)
        if len(self._listings) > MOST_LISTINGS:
            self._listings.popitem(last=False)
        return name

    @staticmethod
    def _token(name: str, position: int) -> str:
        return base64.urlsafe_b64encode(f"{name}:{position}".encode()).decode()


def _text(token: str) -> str:
    """What a token says; nothing if it is none."""
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except ValueError:
        return ""
