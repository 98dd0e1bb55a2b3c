"""The event buses: an event comes in, the rules of its region's bus say where it goes."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

from moto.events.models import Rule, events_backends

from sandbox.delivery.attempts import Abandoned, RetryPolicy, deliver
from sandbox.delivery.dead_letters import DeadLetters
from sandbox.delivery.obstacles import free, must_get_through
from sandbox.delivery.sender import Sender
from sandbox.delivery.targets import to_bus, to_function, to_queue, to_topic
from sandbox.events.checks import guard
from sandbox.events.fields import fields_of
from sandbox.events.numbers import copied
from sandbox.events.operations import put_events, test_event_pattern
from sandbox.events.pattern import read
from sandbox.events.transform import payload
from sandbox.gateway import Gateway, Guard
from sandbox.random_ids import uuid4

SERVICE = "events.amazonaws.com"
LATENCY = timedelta(seconds=1)
Event = dict[str, Any]
Fate = Callable[[str, Event, Callable[[], None]], None]
"""Gets an event that happens in a region, and lets it come up on the bus by calling the last: once, never, later, again."""


def at_once(_region: str, _event: Event, arrive: Callable[[], None]) -> None:
    """Every event comes up once, when it happens."""
    arrive()


class EventBus:
    """EventBridge's buses in all regions. Rules and targets are the ones that moto's backends hold. `happened` lists what came up, oldest first."""

    def __init__(self, gateway: Gateway, invoke: Callable[[str, str], None]) -> None:
        """Deliver to functions by `invoke(function ARN, payload)`. Faults are made by putting another `fate`, and `obstacles` before targets."""
        self.fate: Fate = at_once
        self.obstacles: Guard = free
        self.dead_letters = DeadLetters()
        self.happened: list[Event] = []
        self._gateway = gateway
        self._clock = gateway.clock
        self._invoke = invoke
        self._ids = Random(52)  # noqa: S311 - event ids, the same in every run
        gateway.guards.append(guard)
        gateway.operations["events", "PutEvents"] = lambda request: put_events(request, self.emit)
        gateway.operations["events", "TestEventPattern"] = test_event_pattern

    def emit(self, region: str, event: Event, bus: str = "default") -> str:
        """Let `event` happen, and come up on a region's bus; its id.

        What it lacks of version, id, time, account, region and resources is filled in.
        """
        whole = self._filled(region, event)
        self.fate(region, whole, lambda: self._arrive(region, whole, bus))
        return str(whole["id"])

    def _arrive(self, region: str, event: Event, bus: str) -> None:
        """Let an event come up on a bus: matching rules deliver it a second later."""
        self.happened.append(event)
        for rule in self._matching(region, bus, event):
            for target in list(rule.targets):
                self._clock.after(LATENCY, self._delivery(rule, dict(target), event))

    def _filled(self, region: str, event: Event) -> Event:
        defaults = {
            "version": "0",
            "id": uuid4(self._ids),
            "detail-type": "",
            "source": "",
            "account": self._gateway.account,
            "time": self._clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": region,
            "resources": [],
            "detail": {},
        }
        whole: Event = copied(defaults | event)
        return whole

    def _matching(self, region: str, bus: str, event: Event) -> Iterator[Rule]:
        found = events_backends[self._gateway.account][region].event_buses.get(bus)
        rules = list(found.rules.values()) if found else []
        fields = fields_of(event) if rules else {}
        for rule in rules:
            pattern = rule.event_pattern.dump()
            if rule.state != "DISABLED" and pattern and read(pattern).takes(fields):
                yield rule

    def _delivery(self, rule: Rule, target: dict[str, Any], event: Event) -> Callable[[], None]:
        sender = Sender(self._gateway.account, SERVICE, rule.arn, target.get("RoleArn"))
        body = payload(target, event, rule.arn)

        def attempt(_number: int) -> None:
            self._send(sender, target, body, event)

        def give_up(abandoned: Abandoned) -> None:
            queue = (target.get("DeadLetterConfig") or {}).get("Arn")
            about = {"RULE_ARN": rule.arn, "TARGET_ARN": target["Arn"]}
            self.dead_letters.bury(replace(sender, role_arn=None), queue, body, abandoned, about)

        return lambda: deliver(self._clock, RetryPolicy.of(target.get("RetryPolicy")), attempt, give_up)

    def _send(self, sender: Sender, target: dict[str, Any], body: str, event: Event) -> None:
        arn: str = target["Arn"]
        must_get_through(self._gateway, self.obstacles, SERVICE, arn)
        match arn.split(":")[2]:
            case "sqs":
                to_queue(sender, arn, body, group=(target.get("SqsParameters") or {}).get("MessageGroupId"))
            case "lambda":
                to_function(sender, arn, body, self._invoke)
            case "sns":
                to_topic(sender, arn, body)
            case "events":
                to_bus(sender, arn, event, self._arrive)
            case service:
                raise NotImplementedError(f"The sandbox's rules do not deliver to {service}: {arn}")
