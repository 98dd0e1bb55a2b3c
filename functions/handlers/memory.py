"""What retiring remembers, for the functions that judge images; what cannot be read or written is recorded as failed."""

from functions.aws import remembering
from functions.aws.remembering import Recalled
from functions.aws.vault import Vault
from functions.core.record import Event, Status
from functions.core.retire.memory import Memory
from functions.core.settings import MEMORY
from functions.handlers import log
from functions.handlers.deployment import Deployment


def recalled(deployment: Deployment) -> Recalled:
    """The memory: nothing, when it cannot be read."""
    vault = _vault(deployment)
    found = remembering.recall(vault)
    log.found(vault, MEMORY, found.version)
    if found.fault is not None:
        log.write(Event.VAULT_READ, found.fault, region=deployment.config.home_region)
    return found


def keep(deployment: Deployment, memory: Memory, before: Recalled) -> bool:
    """Write it, unless nobody knows what it would be written over; whether the next run can go by it."""
    if not before.known:
        return False
    outcome = remembering.keep(_vault(deployment), memory, before)
    if outcome is not None:
        log.write(Event.VAULT_WRITE, outcome, region=deployment.config.home_region)
    return outcome is None or outcome.status is Status.DONE


def _vault(deployment: Deployment) -> Vault:
    home = deployment.config.home_region
    return Vault(home, deployment.settings.account, home)
