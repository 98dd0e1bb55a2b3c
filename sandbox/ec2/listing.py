"""What all describes share: ids or filters, then a page of them."""

from collections.abc import Callable, Iterable, Mapping

from sandbox.ec2.lookups import check_ids
from sandbox.ec2.plane import Ec2
from sandbox.gateway import ApiError, Request

IDS_IN = {"ami": "ImageIds", "i": "InstanceIds", "snap": "SnapshotIds", "vol": "VolumeIds"}
IDS_NOT_PAGED = {"i", "vol"}
Select = Callable[[Iterable[str] | None], list[str]]
"""Gives the ids that pass, of these or, asked about None, of all."""


def listed(ec2: Ec2, request: Request, kept: Mapping[str, object], prefix: str, select: Select) -> tuple[list[str], str | None]:
    """The ids on the page that a describe asks for, and the next page's token.

    AWS promises no order: by id, which are random, it is none that a caller could want. `select` is asked about the ids that the request names, of this `prefix`, or about all that are `kept`.

    Raises:
        ApiError: ids that do not exist or cannot be paged, pages out of bounds, filters that do not exist.
    """

    def find() -> list[str]:
        ids = request.parameters.get(IDS_IN[prefix])
        if not ids:
            return sorted(select(None))
        if "MaxResults" in request.parameters and prefix in IDS_NOT_PAGED:
            raise ApiError("InvalidParameterCombination", f"The parameter {IDS_IN[prefix]} cannot be used with the parameter MaxResults")
        check_ids(kept, ids, prefix)
        return sorted(select(dict.fromkeys(ids)))

    return ec2.pages.page(request, find, kept)
