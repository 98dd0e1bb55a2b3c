"""What volumes there may be: sizes and performance by volume type."""

from dataclasses import dataclass

from sandbox.gateway import ApiError

Bounds = tuple[int, int]


@dataclass(frozen=True)
class _Type:
    """A volume type's sizes in GiB, its IOPS and throughput where they can be asked for, and whether IOPS must be."""

    sizes: Bounds
    iops: Bounds | None = None
    throughput: Bounds | None = None
    must_have_iops: bool = False


TYPES = {
    "gp2": _Type((1, 16_384)),
    "gp3": _Type((1, 65_536), (3_000, 80_000), (125, 2_000)),
    "io1": _Type((4, 16_384), (100, 64_000), must_have_iops=True),
    "io2": _Type((4, 65_536), (100, 256_000), must_have_iops=True),
    "sc1": _Type((125, 16_384)),
    "st1": _Type((125, 16_384)),
    "standard": _Type((1, 1_024)),
}


def check_volume(kind: str, size: int, iops: int | None, throughput: int | None) -> None:
    """Let pass what a volume of this type may be.

    Raises:
        ApiError: UnknownVolumeType, InvalidParameterValue, InvalidParameterCombination or MissingParameter.
    """
    if kind not in TYPES:
        raise ApiError("UnknownVolumeType", f"The volume type '{kind}' is not known.")
    limits = TYPES[kind]
    _check("size", kind, size, limits.sizes)
    _check("iops", kind, iops, limits.iops)
    _check("throughput", kind, throughput, limits.throughput)
    if limits.must_have_iops and iops is None:
        raise ApiError("MissingParameter", f"The parameter iops must be specified for {kind} volumes.")


def usual_iops(kind: str, size: int) -> int | None:
    """The IOPS of a volume for which none were asked."""
    return {"gp2": min(max(100, 3 * size), 16_000), "gp3": 3_000}.get(kind)


def usual_throughput(kind: str) -> int | None:
    """The throughput of a volume for which none was asked."""
    return 125 if kind == "gp3" else None


def _check(what: str, kind: str, value: int | None, bounds: Bounds | None) -> None:
    if value is None:
        return
    if bounds is None:
        raise ApiError("InvalidParameterCombination", f"The parameter {what} is not supported for {kind} volumes.")
    if not bounds[0] <= value <= bounds[1]:
        raise ApiError("InvalidParameterValue", f"Volume {what} of {value} is invalid for {kind}: between {bounds[0]} and {bounds[1]}.")
