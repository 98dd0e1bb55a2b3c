"""EC2's pages: MaxResults and NextToken."""

import base64
from collections import OrderedDict
from collections.abc import Callable, Container, Sequence
from itertools import count, islice

from sandbox.gateway import ApiError, Request

MOST_LISTINGS = 500


class Pages:
    """Listings under way. A listing is fixed when its first page is asked for; a token can be used again."""

    def __init__(self) -> None:
        """Know of no listing."""
        self._listings: OrderedDict[str, Sequence[str]] = OrderedDict()
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
        listing = self._listings[name] if name else find()
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
        return page, None if following is None else self._token(name or self._keep(listing), following)

    def _resume(self, request: Request) -> tuple[str, int]:
        """The listing that the request's NextToken continues, and where; no name if it has none."""
        token = request.parameters.get("NextToken")
        if not token:
            return "", 0
        name, _, position = base64.b64decode(str(token).encode() + b"==", altchars=b"-_").decode(errors="replace").partition(":")
        if name not in self._listings or not position.isdigit():
            raise ApiError("InvalidNextToken", "The specified token is invalid.")
        return name, int(position)

    def _keep(self, listing: Sequence[str]) -> str:
        name = str(next(self._numbers))
        self._listings[name] = listing
        if len(self._listings) > MOST_LISTINGS:
            self._listings.popitem(last=False)
        return name

    @staticmethod
    def _token(name: str, position: int) -> str:
        return base64.urlsafe_b64encode(f"{name}:{position}".encode()).decode()
