"""Schedules that come true on the sandbox's clock."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from moto.scheduler.models import Schedule, scheduler_backends

from sandbox.delivery.attempts import Abandoned, RetryPolicy, deliver
from sandbox.delivery.dead_letters import DeadLetters
from sandbox.delivery.obstacles import free, must_get_through
from sandbox.delivery.sender import Sender
from sandbox.delivery.targets import to_function, to_queue, to_topic
from sandbox.gateway import Call, Gateway, Guard
from sandbox.scheduler.checks import SERVICE, guard, moment
from sandbox.scheduler.context import payload
from sandbox.scheduler.expressions import following

CHANGES = {"CreateSchedule", "UpdateSchedule", "DeleteSchedule"}


@dataclass(frozen=True)
class _Slot:
    """One occurrence of a schedule: its time, and when in the flexible window it is invoked."""

    schedule: Schedule
    time: datetime
    invoked: datetime
    execution_id: str


class Scheduler:
    """Runs the schedules that moto's backends hold, in all regions; it hears of changes by watching the calls."""

    def __init__(self, gateway: Gateway, invoke: Callable[[str, str], None]) -> None:
        """Deliver to functions by `invoke(function ARN, payload)`. Faults are made by putting `obstacles` before targets."""
        self.dead_letters = DeadLetters()
        self.obstacles: Guard = free
        self._gateway = gateway
        self._clock = gateway.clock
        self._invoke = invoke
        self._plans: dict[str, int] = {}
        gateway.guards.append(guard)
        gateway.watchers.append(self._watch)

    def _watch(self, call: Call) -> None:
        if call.service != "scheduler" or call.operation not in CHANGES or call.error_code:
            return
        group = scheduler_backends[self._gateway.account][call.region].schedule_groups.get(call.parameters.get("GroupName") or "default")
        schedule = group.schedules.get(call.parameters["Name"]) if group else None
        if schedule is not None:
            schedule.action_after_completion = call.parameters.get("ActionAfterCompletion")  # moto forgets it in an update
            self._plans[schedule.arn] = self._plans.get(schedule.arn, 0) + 1
            self._plan(schedule, self._clock.now(), starting=call.operation == "CreateSchedule")

    def _plan(self, schedule: Schedule, after: datetime, *, starting: bool = False) -> None:
        """Put the first occurrence after `after` on the clock."""
        time = _next(schedule, after, starting=starting)
        if time is not None:
            slot = _Slot(schedule, time, time + _offset(schedule, time), _execution_id(schedule.arn, time))
            version = self._plans[schedule.arn]
            self._clock.at(time, lambda: self._come(slot, version))

    def _come(self, slot: _Slot, version: int) -> None:
        schedule = slot.schedule
        if self._plans[schedule.arn] != version or not _exists(schedule):
            return
        self._plan(schedule, slot.time)
        if schedule.state != "DISABLED":
            self._clock.at(slot.invoked, lambda: self._deliver(slot, version))

    def _deliver(self, slot: _Slot, version: int) -> None:
        target = dict(slot.schedule.target)
        sender = Sender(self._gateway.account, SERVICE, slot.schedule.arn, target["RoleArn"])

        def attempt(number: int) -> None:
            body = payload(target, slot.schedule.arn, slot.time, slot.execution_id, number)
            self._send(sender, target, body)

        def give_up(abandoned: Abandoned) -> None:
            body = payload(target, slot.schedule.arn, slot.time, slot.execution_id, abandoned.retries + 1)
            queue = (target.get("DeadLetterConfig") or {}).get("Arn")
            about = {
                "SCHEDULE_ARN": slot.schedule.arn,
                "TARGET_ARN": target["Arn"],
                "EXECUTION_ID": slot.execution_id,
                "SCHEDULED_TIME": f"{slot.time:%Y-%m-%dT%H:%M:%SZ}",
            }
            self.dead_letters.bury(sender, queue, body, abandoned, about)

        deliver(self._clock, RetryPolicy.of(target.get("RetryPolicy")), attempt, give_up)
        if slot.schedule.action_after_completion == "DELETE" and self._plans[slot.schedule.arn] == version:
            self._delete_if_over(slot)

    def _delete_if_over(self, slot: _Slot) -> None:
        schedule = slot.schedule
        if _exists(schedule) and _next(schedule, slot.time) is None:
            name = {"Name": schedule.name, "GroupName": schedule.group_name}
            self._gateway.call("scheduler", "DeleteSchedule", schedule.arn.split(":")[3], name)

    def _send(self, sender: Sender, target: dict[str, Any], body: str) -> None:
        arn: str = target["Arn"]
        must_get_through(self._gateway, self.obstacles, SERVICE, arn)
        match arn.split(":")[2]:
            case "lambda":
                to_function(sender, arn, body, self._invoke)
            case "sqs":
                to_queue(sender, arn, body, group=(target.get("SqsParameters") or {}).get("MessageGroupId"))
            case "sns":
                to_topic(sender, arn, body)
            case service:
                raise NotImplementedError(f"The sandbox's schedules do not deliver to {service}: {arn}")


def _next(schedule: Schedule, after: datetime, *, starting: bool = False) -> datetime | None:
    """The first occurrence after `after`, between its start and its end. A rate's first one is its start, the moment it is created."""
    once = schedule.schedule_expression.startswith("at")
    start, end = (None, None) if once else (moment(schedule.start_date), moment(schedule.end_date))
    anchor = start or moment(schedule.creation_date) or after
    begin = max(after, start - timedelta(microseconds=1)) if start else after
    if starting and schedule.schedule_expression.startswith("rate"):
        begin = min(begin, anchor - timedelta(microseconds=1))
    time = following(schedule.schedule_expression, schedule.schedule_expression_timezone, begin, anchor)
    return None if time is None or (end and time > end) else time


def _exists(schedule: Schedule) -> bool:
    _, _, _, region, account, _ = schedule.arn.split(":", 5)
    group = scheduler_backends[account][region].schedule_groups.get(schedule.group_name)
    return group is not None and group.schedules.get(schedule.name) is schedule


def _offset(schedule: Schedule, time: datetime) -> timedelta:
    """How far into its flexible window this occurrence is invoked: always the same for the same one."""
    window = schedule.flexible_time_window
    if window.get("Mode") != "FLEXIBLE":
        return timedelta(0)
    digest = hashlib.sha256(f"{schedule.arn}{time}".encode()).digest()
    return timedelta(seconds=int.from_bytes(digest[:4]) % (int(window["MaximumWindowInMinutes"]) * 60))


def _execution_id(arn: str, time: datetime) -> str:
    return hashlib.sha256(f"{arn}{time}".encode()).hexdigest()[:17]
