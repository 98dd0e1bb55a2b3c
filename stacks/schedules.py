"""Schedules: one per policy in its time zone, the hourly sweep, and daily the guard of the Recycle Bin and retiring."""

import json
from datetime import timedelta

from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from functions.core.config import Config, Policy
from functions.core.settings import name
from stacks.function import Function
from stacks.functions import Functions
from stacks.queue import LetterBox
from stacks.role import Permission, Role, for_this_account

HOURLY = "cron(41 * * * ? *)"
DAILY = "cron(17 12 * * ? *)"
BEFORE_RETIRING = "cron(11 11 * * ? *)"
SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"
LONGEST_RETRY = timedelta(hours=24)


class Schedules(Construct):
    """What starts the planners; an invocation that cannot be delivered ends up in a letter box."""

    def __init__(self, scope: Construct, *, config: Config, functions: Functions, undelivered: LetterBox) -> None:
        """A schedule of `take_images` for each policy of `config`, an hourly one of `sweep`, daily ones of `guard_bin` and `retire_images`."""
        super().__init__(scope, "Schedules")
        self._home = config.home_region
        self._undelivered = undelivered
        self._role = Role(
            self,
            name=name(self._home, "schedules"),
            trusts=for_this_account("scheduler"),
            may=(
                Permission(
                    sid="Invoke",
                    actions=("lambda:InvokeFunction",),
                    resources=tuple(
                        each.function.function_arn
                        for each in (functions.take_images, functions.sweep, functions.guard_bin, functions.retire_images)
                    ),
                ),
                Permission(sid="Undelivered", actions=("sqs:SendMessage",), resources=(undelivered.queue_arn,)),
            ),
        )
        for policy in config.policies.values():
            self._take(policy, functions.take_images)
        self._regular("Sweep", functions.sweep, HOURLY, timedelta(hours=1), "what is missing, stuck or failed")
        self._regular(
            "GuardBin", functions.guard_bin, BEFORE_RETIRING, timedelta(hours=12), "the Recycle Bin's rules as the configuration says"
        )
        self._regular(
            "RetireImages", functions.retire_images, DAILY, timedelta(hours=12), "which images are stale, and what becomes of them"
        )

    def _take(self, policy: Policy, function: Function) -> None:
        scheduler.CfnSchedule(
            self,
            f"Take-{policy.name}",
            name=name(self._home, f"take-{policy.name}"),
            description=f"Nightkeep: images of the instances that ask for {policy.name}",
            schedule_expression=policy.schedule,
            schedule_expression_timezone=policy.timezone,
            flexible_time_window=_flexible(policy.flexible_start),
            target=self._target(function, retry_for=policy.window, policy=policy.name, time=SCHEDULED_TIME),
        )

    def _regular(self, construct_id: str, function: Function, expression: str, retry_for: timedelta, does: str) -> None:
        scheduler.CfnSchedule(
            self,
            construct_id,
            name=function.name,
            description=f"Nightkeep: {does}",
            schedule_expression=expression,
            schedule_expression_timezone="UTC",
            flexible_time_window=_flexible(timedelta(0)),
            target=self._target(function, retry_for=retry_for, time=SCHEDULED_TIME),
        )

    def _target(self, function: Function, *, retry_for: timedelta, **message: str) -> scheduler.CfnSchedule.TargetProperty:
        return scheduler.CfnSchedule.TargetProperty(
            arn=function.function.function_arn,
            role_arn=self._role.role_arn,
            input=json.dumps(message),
            retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                maximum_event_age_in_seconds=min(retry_for, LONGEST_RETRY).total_seconds(), maximum_retry_attempts=185
            ),
            dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(arn=self._undelivered.queue_arn),
        )


def _flexible(start: timedelta) -> scheduler.CfnSchedule.FlexibleTimeWindowProperty:
    if not start:
        return scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF")
    return scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="FLEXIBLE", maximum_window_in_minutes=start // timedelta(minutes=1))
