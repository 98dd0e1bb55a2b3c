"""What all describes share: ids or filters, then a page of them."""

from collections.abc import Callable, Mapping

from sandbox.ec2.lookups import check_ids
from sandbox.ec2.plane import Ec2
from sandbox.gateway import ApiError, Request


def listed(
    ec2: Ec2,
    request: Request,
    kept: Mapping[str, object],
    prefix: str,
    ids: list[str] | None,
    select: Callable[[], list[str]],
    *,
    ids_in_pages: bool = False,
) -> tuple[list[str], str | None]:
    """The ids on the page that a describe asks for, and the next page's token.

    `ids` are those asked for by name, narrowed by what `select` finds; most describes do not page them.

    Raises:
        ApiError: ids that do not exist or cannot be paged, pages out of bounds, filters that do not exist.
    """
    rest = ec2.pages.resume(request)
    if rest is not None:
        return ec2.pages.cut(request, [key for key in rest if key in kept])
    found = select()
    if ids:
        if "MaxResults" in request.parameters and not ids_in_pages:
            raise ApiError("InvalidParameterCombination", "The parameter ids cannot be used with the parameter maxResults")
        check_ids(kept, ids, prefix)
        passed = set(found)
        found = [key for key in dict.fromkeys(ids) if key in passed]
    return ec2.pages.cut(request, found)
