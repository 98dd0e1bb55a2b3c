"""Calls per second with so many images in the account."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count, cycle
from typing import Any

from benchmarks.apart import Tell
from benchmarks.places import PLACES, Place

HOME, OTHER = "ap-south-1", "eu-west-1"
ROUND = 50
"""Instances, and so images made one after the other before time passes: fewer than may be pending."""
PAGE = 100


@dataclass(frozen=True)
class Rates:
    """Calls per second by operation, at so many images, and how many images were made a second to get there."""

    place: str
    images: int
    made: float
    by_operation: dict[str, float]


@dataclass
class _Spent:
    """Calls made, and the seconds they took."""

    calls: int = 0
    seconds: float = 0

    def time(self, call: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        result = call()
        self.seconds += time.perf_counter() - began
        self.calls += 1
        return result

    @property
    def rate(self) -> float:
        return self.calls / self.seconds


@dataclass
class _Stage:
    """An account with instances, and the images made of them. Every image has a name and a tag of its own."""

    place: Place
    round: int
    images: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.home, self.other = self.place.client("ec2", HOME), self.place.client("ec2", OTHER)
        made = self.home.run_instances(ImageId=self.place.image, InstanceType="t3.micro", MinCount=self.round, MaxCount=self.round)
        self.instances = [each["InstanceId"] for each in made["Instances"]]
        self.numbers = count()
        self.place.let_pass(timedelta(minutes=10))

    def make_round(self, spent: _Spent, most: int | None = None) -> list[str]:
        """Make an image of each instance, `most` at most, and wait for them."""
        made = [spent.time(lambda each=each: self._make(each)) for each in self.instances[:most]]  # type: ignore[misc] # mypy cannot type a lambda's default
        self.place.let_pass(timedelta(hours=1))
        return made

    def copy_round(self, spent: _Spent) -> None:
        """Copy images, the oldest, to the other region."""
        for image in self.images[: self.round]:
            spent.time(lambda image=image: self._copy(image))  # type: ignore[misc] # mypy cannot type a lambda's default
        self.place.let_pass(timedelta(hours=1))

    def _make(self, instance: str) -> str:
        number = next(self.numbers)
        tags = [{"Key": "number", "Value": str(number)}, {"Key": "Name", "Value": "web"}]
        specification = [{"ResourceType": "image", "Tags": tags}]
        made = self.home.create_image(InstanceId=instance, Name=f"image {number}", NoReboot=True, TagSpecifications=specification)
        return str(made["ImageId"])

    def _copy(self, image: str) -> None:
        self.other.copy_image(SourceRegion=HOME, SourceImageId=image, Name=f"copy {next(self.numbers)}")


def measure(place: str, sizes: tuple[int, ...], seconds: float, tell: Tell) -> list[Rates]:
    """The rates at a place with these numbers of images, each call being made for so many seconds."""
    with PLACES[place]() as account:
        stage, found = _Stage(account, min(ROUND, sizes[0])), []
        for size in sizes:
            spent = _Spent()
            while len(stage.images) < size:
                stage.images += stage.make_round(spent, size - len(stage.images))
                tell(len(stage.images) / sizes[-1])
            found.append(Rates(place, size, spent.rate, _read(stage, seconds) | _write(stage, seconds)))
        return found


def _read(stage: _Stage, seconds: float) -> dict[str, float]:
    describe, numbers, ids = stage.home.describe_images, cycle(range(len(stage.images))), cycle(stage.images)
    tokens: list[str] = []

    def page() -> None:
        token = {"NextToken": tokens.pop()} if tokens else {}
        tokens.extend(filter(None, [describe(Owners=["self"], MaxResults=PAGE, **token).get("NextToken")]))

    calls = {
        "DescribeImages by ImageIds": lambda: describe(ImageIds=[next(ids)]),
        "DescribeImages by image-id": lambda: describe(Filters=[{"Name": "image-id", "Values": [next(ids)]}]),
        "DescribeImages by tag": lambda: describe(Filters=[{"Name": "tag:number", "Values": [str(next(numbers))]}]),
        "DescribeImages by name": lambda: describe(Filters=[{"Name": "name", "Values": [f"image {next(numbers)}"]}]),
        f"DescribeImages, a page of {PAGE}": page,
    }
    return {name: _rate(call, seconds) for name, call in calls.items() if stage.place.has_pages or call is not page}


def _rate(call: Callable[[], Any], seconds: float) -> float:
    spent = _Spent()
    while not spent.calls or spent.seconds < seconds:
        spent.time(call)
    return spent.rate


def _write(stage: _Stage, seconds: float) -> dict[str, float]:
    """Makes images, copies, and takes away again what it made, so that there are as many as before."""
    making, copying, removing = _Spent(), _Spent(), _Spent()
    made: list[str] = []
    while not made or making.seconds < seconds:
        made += stage.make_round(making)
    while not copying.calls or copying.seconds < seconds:
        stage.copy_round(copying)
    for image in made:
        removing.time(lambda image=image: stage.home.deregister_image(ImageId=image))  # type: ignore[misc] # mypy cannot type a lambda's default
    return {"CreateImage": making.rate, "CopyImage": copying.rate, "DeregisterImage": removing.rate}
