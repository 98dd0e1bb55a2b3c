"""Planning a night: page by page plan, send, keep in the vaults."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from functions.aws import clients, faults, instances, queue
from functions.aws import vault as vaults
from functions.aws.instances import Page
from functions.core import take
from functions.core.book import described
from functions.core.impossible import IMPOSSIBLE
from functions.core.night import Night
from functions.core.outcome import Outcome, failed, skipped
from functions.core.reboots import chains
from functions.core.record import Event, Reason, Status
from functions.handlers import log
from functions.handlers.deployment import Deployment


@dataclass(frozen=True)
class Counts:
    """How a night was planned: pages read, takes sent, instances skipped by reason, and chains of takes that wait for a reboot."""

    pages: int
    takes: int
    skips: Mapping[str, int]
    chains: int = 0


def expired(night: Night, now: datetime) -> Outcome | None:
    """The refusal to plan a night whose window is over by AWS's clock."""
    return skipped(Reason.EXPIRED, detail={"take_until": night.take_until.isoformat()}) if now > night.take_until else None


def run(deployment: Deployment, night: Night, pages: Iterable[Page], reason: Reason, *, may_reboot: bool) -> Outcome:
    """Plan `night` and send its takes; a crash half-way is mended by running again. Returns the outcome recorded as `night.planned`."""
    keep = Keeping(deployment, night)
    counts = Counts(0, 0, {})
    rebooting = Rebooting(deployment, night, reason)
    for number, page in enumerate(pages, start=1):
        refusal = expired(night, page.at)
        if refusal is not None:
            return refusal
        plan = take.plan(deployment.config, night, page.instances, reason=reason)
        plan = plan if may_reboot else plan.without_reboot()
        at_once = [action for action in plan.takes if not action.may_reboot]
        queue.send(clients.sqs(deployment.config.home_region), deployment.settings.take_queue, at_once)
        rebooting.gather(plan, page)
        keep.part(number, plan, page)
        _report(night, plan)
        counts = _add(counts, plan)
    counts = replace(counts, chains=rebooting.send())
    keep.manifest({"night_id": night.night_id, "policy": described(night.policy), **asdict(counts)})
    return _outcome(counts, reason)


class Rebooting:
    """Gathers whom a night may reboot, over all its pages: only then is it known who must not be rebooted at the same time."""

    def __init__(self, deployment: Deployment, night: Night, reason: Reason) -> None:
        """Nobody yet."""
        self.deployment, self.night, self.reason = deployment, night, reason
        self.members: dict[str, tuple[str, ...]] = {}
        self.delay = 0
        self.now = night.start

    def gather(self, plan: take.Plan, page: Page) -> None:
        """Add one page's."""
        self.members |= chains.wanting(self.deployment.config, plan.takes, page.instances)
        self.delay = max([self.delay, *(action.delay for action in plan.takes if action.may_reboot)])
        self.now = page.at

    def send(self) -> int:
        """Hand each chain to the watcher; returns how many there are."""
        watches = chains.watches(self.night, self.members, self.now, self.reason, self.delay)
        return queue.send(clients.sqs(self.night.home), self.deployment.settings.watch_queue, watches)


def _add(counts: Counts, plan: take.Plan) -> Counts:
    skips = dict(counts.skips)
    for skip in plan.skips:
        skips[skip.reason] = skips.get(skip.reason, 0) + 1
    return Counts(counts.pages + 1, counts.takes + len(plan.takes), skips)


def _outcome(counts: Counts, reason: Reason) -> Outcome:
    if counts.takes == 0:
        return failed(Reason.NO_INSTANCES, detail=asdict(counts))
    return Outcome(Status.DONE, reason, detail=asdict(counts))


def _report(night: Night, plan: take.Plan) -> None:
    """Record who is skipped against the tag's wish."""
    for skip in plan.skips:
        if skip.reason in IMPOSSIBLE:
            outcome = skipped(skip.reason, detail={"advice": IMPOSSIBLE[skip.reason]})
            log.write(Event.IMAGE_TAKE, outcome, region=night.home, instance_id=skip.instance_id, **log.about_night(night))


class Keeping:
    """Keeps a night's plan and the instances' configuration in every vault. What cannot be kept is recorded as failed, and the night goes on."""

    def __init__(self, deployment: Deployment, night: Night) -> None:
        """Open the vaults of the home region and of the policy's recovery regions."""
        self.deployment = deployment
        self.night = night
        regions = (night.home, *night.policy.copy_to)
        self.vaults = [vaults.Vault(night.home, deployment.settings.account, region) for region in regions]

    def part(self, number: int, plan: take.Plan, page: Page) -> None:
        """Keep one page's plan and configuration."""
        decided = [action.model_dump(mode="json") for action in plan.takes] + [asdict(skip) for skip in plan.skips]
        self._write(vaults.part_key(self.night.policy.name, self.night.slot, "plan", number), vaults.lines(decided))
        try:
            configuration = list(instances.configuration(clients.ec2(self.night.home), page))
        except faults.AwsFault as fault:
            self._record(self.night.home, _failed(faults.outcome(fault)))
            configuration = [{"instance": raw} for raw in page.raw]
        self._write(vaults.part_key(self.night.policy.name, self.night.slot, "config", number), vaults.lines(configuration))

    def manifest(self, content: Mapping[str, Any]) -> None:
        """Close the night: where its manifest stands, all parts stand."""
        self._write(vaults.manifest_key(self.night.policy.name, self.night.slot), vaults.document(content))

    def _write(self, key: str, body: bytes) -> None:
        for vault in self.vaults:
            if vault.fault is None:
                self._record(vault.region, vault.write(key, body))

    def _record(self, region: str, outcome: Outcome) -> None:
        log.write(Event.VAULT_WRITE, outcome, region=region, **log.about_night(self.night))


def _failed(outcome: Outcome) -> Outcome:
    return failed(outcome.reason, request_id=outcome.request_id, error_code=outcome.error_code, detail=outcome.detail)


def minute(moment: datetime) -> datetime:
    """`moment` in UTC, down to its minute: a slot has no seconds."""
    return moment.astimezone(UTC).replace(second=0, microsecond=0)
