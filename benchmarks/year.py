"""A year of nights through the deployed handlers, in process."""

import resource
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.apart import Tell
from benchmarks.assembly import HOME, KEPT, RECOVERY
from sandbox.account import Sandbox
from sandbox.gateway import Call

INSTANCES = 10
START = datetime(2027, 3, 1, tzinfo=UTC)
NOON = START + timedelta(hours=12)
FOUR_SWEEPS = "cron(41 3,5,8,14 * * ? *)"
"""One for each of a night's repairs and verdicts; as deployed, the sweep is hourly."""
GIVEN = ("Name", "GroupName", "FlexibleTimeWindow", "ScheduleExpressionTimezone", "Target", "State", "Description")


@dataclass(frozen=True)
class Year:
    """What so many nights took: in seconds, of the processor's time too, and the most memory that the process held. `paces`: the machine's after each night."""

    sweeps: str
    nights: int
    calls: int
    seconds: float
    cpu_seconds: float
    peak_mib: float
    paces: Sequence[float]


def play(assembly: Path, nights: int, sweeps: str | None, tell: Tell) -> Year:
    """Deploy, launch ten instances and play `nights`; the sweep is rescheduled to `sweeps` if that is given.

    Raises:
        RuntimeError: a night made no image or copy of an instance, or one that is kept is missing.
    """
    with Sandbox(START) as sandbox:
        sandbox.deploy(assembly)
        if sweeps:
            _reschedule(sandbox.client("scheduler", HOME), sweeps)
        _launch(sandbox.client("ec2", HOME))
        before, seconds, cpu_seconds, paces = len(sandbox.gateway.calls), 0.0, 0.0, list[float]()
        for night in range(nights):
            began, used = time.perf_counter(), time.process_time()
            sandbox.clock.run_until(NOON + timedelta(days=night))
            seconds, cpu_seconds = seconds + time.perf_counter() - began, cpu_seconds + time.process_time() - used
            paces.append(machine.pace())
            tell((night + 1) / nights)
        for region, operation in ((HOME, "CreateImage"), (RECOVERY, "CopyImage")):
            _must_be_whole(sandbox.gateway.calls, sandbox.client("ec2", region), nights, operation)
        calls = len(sandbox.gateway.calls) - before
        return Year("4 a day" if sweeps else "hourly", nights, calls, seconds, cpu_seconds, _peak_mib(), paces)


def _reschedule(scheduler: Any, expression: str) -> None:
    """Change the deployed schedule as its owner could."""
    schedule = scheduler.get_schedule(Name=f"nightkeep-{HOME}-sweep")
    given = {name: value for name, value in schedule.items() if name in GIVEN}
    scheduler.update_schedule(**given, ScheduleExpression=expression)


def _launch(ec2: Any) -> None:
    tags = [{"Key": "Name", "Value": "web"}, {"Key": "Backup", "Value": "nightly"}]
    specification = [{"ResourceType": "instance", "Tags": tags}]
    ec2.run_instances(
        ImageId="ami-0linux", InstanceType="t3.micro", MinCount=INSTANCES, MaxCount=INSTANCES, TagSpecifications=specification
    )


def _must_be_whole(calls: Iterable[Call], ec2: Any, nights: int, operation: str) -> None:
    """Each night made an image of each instance, and those of the last nights are there."""
    region = ec2.meta.region_name
    made = sum(1 for call in calls if (call.operation, call.region, call.error_code) == (operation, region, None))
    filters = [{"Name": "tag:nightkeep:home", "Values": [HOME]}, {"Name": "state", "Values": ["available"]}]
    pages = ec2.get_paginator("describe_images").paginate(Owners=["self"], Filters=filters)
    found = sum(len(page["Images"]) for page in pages)
    if made != nights * INSTANCES or found < min(nights, KEPT) * INSTANCES:
        raise RuntimeError(f"{nights} nights of {INSTANCES} instances made {made} images in {region} and left {found}.")


def _peak_mib() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
