"""The vaults as a sweep finds them: what the home vault says of recent nights, and what a recovery vault lacks."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from functions.aws import faults, watching
from functions.aws import vault as store
from functions.aws.vault import Vault
from functions.core.book import JUDGED, Book, Judged, is_over, recalled
from functions.core.errors import EventError
from functions.core.ledger import NOTHING, Ledger
from functions.core.night import Night, latest_due
from functions.core.outcome import Outcome, failed
from functions.core.reboots.state import Reboots
from functions.core.record import Event, Reason
from functions.core.slot import is_slot, slot_label
from functions.core.take import UNASKED
from functions.handlers import log
from functions.handlers.deployment import Deployment

LONGEST = timedelta(days=4)
"""No night is open for longer: flexible start and window take a day each at most, its copies another, then it is judged."""


BROUGHT = 100
"""So many configurations beside nights a sweep brings to a recovery vault at most: a read and a write each."""


class Vaults:
    """The vaults of one sweep: one that does not answer is recorded as failed once, and then left alone."""

    def __init__(self, deployment: Deployment) -> None:
        """Open the home vault and those of the recovery regions; nothing is asked yet."""
        self._deployment = deployment
        self._config = deployment.config
        home, account = deployment.config.home_region, deployment.settings.account
        self._home = Vault(home, account, home)
        self.ledger: Ledger | None = None
        """As the home vault has it, once the book was read."""
        self._extras: list[tuple[str, str, str]] = []
        """Policy, slot and key of the configurations that the home vault keeps beside its nights, once the book was read."""
        self._recovery = {region: Vault(home, account, region) for region in deployment.config.recovery_regions}

    def book(self, at: datetime) -> Book:
        """What the home vault says at `at`; brings its ledger up to date. What cannot be read or written is recorded as failed."""
        try:
            listed = list(self._listed(at))
            verdicts = {(policy, slot, judged) for policy, slot, name in listed for judged in JUDGED if name == f"verdict-{judged}.json"}
            planned = [(policy, slot) for policy, slot, name in listed if name == store.MANIFEST and is_slot(slot)]
            nights = {key: night for key in planned if not is_over(verdicts, *key) and (night := self._night(*key))}
            self._extras = [
                (policy, slot, f"{store.night_prefix(policy, slot)}{name}") for policy, slot, name in listed if store.is_extra(name)
            ]
            self.ledger = self._ledger(at)
        except faults.AwsFault as fault:
            self._report(self._home.region, fault)
            return Book(is_readable=False)
        return Book(nights, frozenset(verdicts), self.ledger)

    def _listed(self, at: datetime) -> Iterator[tuple[str, str, str]]:
        """Policy, slot and name of the objects of recent nights and on-demand slots, whether or not their policy is in the configuration."""
        for policy in self._home.folders(store.NIGHTS):
            for key in _recent(self._home, policy, self._since(policy, at)):
                slot, _, name = key.removeprefix(store.policy_prefix(policy)).partition("/")
                yield policy, slot, name

    def _since(self, policy: str, at: datetime) -> datetime:
        """From when on a policy's nights are asked for: with nights far apart its latest, which may be overdue, is older than any open one."""
        known = self._config.policies.get(policy)
        night = None if known is None else latest_due(self._home.region, known, at)
        return min(at - LONGEST, at if night is None else night.start)

    def _night(self, policy: str, slot: str) -> Night | None:
        key = store.manifest_key(policy, slot)
        try:
            return recalled(self._config, self._home.read(key), slot)
        except EventError as fault:
            outcome = failed(Reason.UNKNOWN_MESSAGE, resource_id=f"{self._home.bucket}/{key}", detail={"message": str(fault)})
            log.write(Event.VAULT_READ, outcome, region=self._home.region, policy=policy, slot=slot)
            return None

    def _ledger(self, at: datetime) -> Ledger | None:
        """The ledger as of now; None when a change of it cannot be written down."""
        written = self._home.read_version(store.LEDGER)
        before = NOTHING if written is None else Ledger.model_validate_json(written[0])
        log.found(self._home, store.LEDGER, None if written is None else written[1])
        ledger = before.renewed(self._config, self._deployment.settings.stack, at)
        return ledger if ledger == before or self._write_ledger(ledger) else None

    def keep_ledger(self, ledger: Ledger) -> None:
        """Write the ledger if it changed."""
        if ledger != self.ledger and self._write_ledger(ledger):
            self.ledger = ledger

    def _write_ledger(self, ledger: Ledger) -> bool:
        outcome = self._home.write(store.LEDGER, ledger.model_dump_json(indent=1).encode())
        log.write(Event.VAULT_WRITE, outcome, region=self._home.region)
        return self._home.fault is None

    def planned(self, night: Night) -> frozenset[str] | None:
        """The instances that asked for their policy when the night was planned, taken or not; None when it was not planned, or that cannot be read."""
        prefix = store.night_prefix(night.policy.name, night.slot)
        try:
            kept = self._home.listing(prefix)
            if f"{prefix}{store.MANIFEST}" not in kept:
                return None
            parts = [self._home.read(key) for key in kept if key.startswith(f"{prefix}plan-")]
        except faults.AwsFault as fault:
            self._report(self._home.region, fault)
            return None
        return frozenset(entry["instance_id"] for part in parts for entry in store.entries(part) if entry["reason"] not in UNASKED)

    def reboots(self) -> Reboots | None:
        """Who is being rebooted; None, recorded as failed, when that cannot be read."""
        try:
            return watching.read(self._home)[0]
        except faults.AwsFault as fault:
            self._report(self._home.region, fault)
        except EventError as fault:
            log.write(Event.VAULT_READ, failed(Reason.UNKNOWN_MESSAGE, detail={"message": str(fault)}), region=self._home.region)
        return None

    def told(self, night: Night, judged: Judged, verdict: Mapping[str, object]) -> None:
        """Write down that a verdict was told."""
        outcome = self._home.write(store.verdict_key(night.policy.name, night.slot, judged), store.document(verdict))
        log.write(Event.VAULT_WRITE, outcome, region=self._home.region, **log.about_night(night))

    def mirror(self, night: Night, region: str) -> None:
        """Bring a recovery vault what it lacks of the night: all parts, the manifest last."""
        recovery = self._recovery[region]
        if recovery.fault is not None:
            return
        try:
            self._mirror(recovery, night)
        except faults.AwsFault as fault:
            self._report(region, fault)
            recovery.fault = faults.outcome(fault)

    def _mirror(self, recovery: Vault, night: Night) -> None:
        manifest = store.manifest_key(night.policy.name, night.slot)
        if manifest in recovery.listing(manifest):
            return
        kept = self._home.listing(store.night_prefix(night.policy.name, night.slot))
        if manifest not in kept:
            return
        for key in sorted(kept, key=lambda name: name == manifest):
            outcome = recovery.write(key, self._home.read(key))
            log.write(Event.VAULT_WRITE, outcome, region=recovery.region, **log.about_night(night))
            if recovery.fault is not None:
                return

    def mirror_extras(self, region: str, at: datetime) -> None:
        """Bring a recovery vault what it lacks of the configurations beside nights, so many at most: with one listing for each policy that has any."""
        recovery = self._recovery[region]
        copied = {policy.name for policy in self._config.policies.values() if region in policy.copy_to}
        kept = [extra for extra in self._extras if extra[0] in copied]
        if recovery.fault is not None or not kept:
            return
        try:
            there = {key for policy in {extra[0] for extra in kept} for key in _recent(recovery, policy, self._since(policy, at))}
        except faults.AwsFault as fault:
            self._report(region, fault)
            recovery.fault = faults.outcome(fault)
            return
        try:
            self._bring(recovery, [extra for extra in kept if extra[2] not in there][:BROUGHT])
        except faults.AwsFault as fault:
            self._report(self._home.region, fault)

    def _bring(self, recovery: Vault, extras: Iterable[tuple[str, str, str]]) -> None:
        """Raises what boto3 raises at home; a recovery vault that refuses is recorded, and left alone then."""
        for policy, slot, key in extras:
            outcome = recovery.write(key, self._home.read(key))
            about = {"policy": policy, "slot": slot, "night_id": f"{self._config.home_region}/{policy}/{slot}"}
            log.write(Event.VAULT_WRITE, outcome, region=recovery.region, **about)
            if recovery.fault is not None:
                return

    def _report(self, region: str, fault: Exception) -> None:
        seen: Outcome = faults.outcome(fault)
        outcome = failed(seen.reason, request_id=seen.request_id, error_code=seen.error_code, detail=seen.detail)
        log.write(Event.VAULT_READ, outcome, region=region)


def _recent(vault: Vault, policy: str, since: datetime) -> list[str]:
    """The keys of a policy's nights since then, and of its slots on demand, which come after those."""
    prefix = store.policy_prefix(policy)
    return vault.listing(prefix, after=f"{prefix}{slot_label(since)}")
