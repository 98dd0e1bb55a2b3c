"""What retiring remembers: one document in the home vault, which only the planner writes."""

from dataclasses import dataclass

from functions.aws import faults
from functions.aws.vault import Vault
from functions.core.errors import EventError
from functions.core.outcome import Outcome, failed
from functions.core.record import Reason
from functions.core.retire.memory import NOTHING, Memory, parse
from functions.core.settings import MEMORY


@dataclass(frozen=True)
class Recalled:
    """The memory as it was found. With a `fault`, a failed outcome, nothing is remembered; one that is not `known` must not be written."""

    memory: Memory = NOTHING
    version: str | None = None
    fault: Outcome | None = None
    known: bool = True


def recall(vault: Vault) -> Recalled:
    """Read it (S3 GetObject). Never raises for what AWS refuses; what is not understood is lost, and may be written over."""
    place = f"{vault.bucket}/{MEMORY}"
    try:
        found = vault.read_version(MEMORY)
    except faults.AwsFault as fault:
        return Recalled(fault=_failed(fault, place), known=False)
    if found is None:
        return Recalled()
    body, version = found
    try:
        return Recalled(parse(body), version)
    except EventError as fault:
        return Recalled(version=version, fault=failed(Reason.UNKNOWN_MESSAGE, resource_id=place, detail={"message": str(fault)}))


def keep(vault: Vault, memory: Memory, before: Recalled) -> Outcome | None:
    """Write it over what was found `before`, if it is another (S3 PutObject); None when nothing was written: it is the same, or another run wrote meanwhile."""
    if memory == before.memory and before.fault is None:
        return None
    try:
        return vault.replace(MEMORY, memory.model_dump_json().encode(), before.version)
    except faults.AwsFault as fault:
        return _failed(fault, f"{vault.bucket}/{MEMORY}")


def _failed(fault: Exception, place: str) -> Outcome:
    seen = faults.outcome(fault, resource_id=place)
    return failed(seen.reason, resource_id=place, request_id=seen.request_id, error_code=seen.error_code, detail=seen.detail)
