"""What all describes share: ids or filters, then a page of them."""

from collections.abc import Callable, Mapping

from sandbox.ec2.lookups import check_ids
from sandbox.ec2.plane import Ec2
from sandbox.gateway import ApiError, Request

IDS_IN = {"ami": "ImageIds", "i": "InstanceIds", "snap": "SnapshotIds", "vol": "VolumeIds"}
IDS_NOT_PAGED = {"i", "vol"}


def listed(
    ec2: Ec2, request: Request, kept: Mapping[str, object], prefix: str, select: Callable[[], list[str]]
) -> tuple[list[str], str | None]:
    """The ids on the page that a describe asks for, and the next page's token.

    Ids asked for by name, of this `prefix`, are narrowed by what `select` finds among `kept`.

    Raises:
        ApiError: ids that do not exist or cannot be paged, pages out of bounds, filters that do not exist.
    """
    rest = ec2.pages.resume(request)
    if rest is not None:
        return ec2.pages.cut(request, [key for key in rest if key in kept])
    ids = request.parameters.get(IDS_IN[prefix])
    if not ids:
        return ec2.pages.cut(request, select())
    if "MaxResults" in request.parameters and prefix in IDS_NOT_PAGED:
        raise ApiError("InvalidParameterCombination", f"The parameter {IDS_IN[prefix]} cannot be used with the parameter MaxResults")
    check_ids(kept, ids, prefix)
    found = set(select())
    return ec2.pages.cut(request, [key for key in dict.fromkeys(ids) if key in found])
