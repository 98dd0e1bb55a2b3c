"""The memory of retiring in the vault: written only when it changed, and never over what another run wrote meanwhile."""

from datetime import UTC, datetime

from functions.aws.remembering import keep, recall
from functions.core.retire.memory import NOTHING, Condition

NOW = datetime(2027, 3, 31, 12, tzinfo=UTC)


def stale(*ids):
    return NOTHING.renewed({"eu-west-1": {Condition.STALE: ids}}, (), NOW)


def test_it_is_written_only_when_it_changed(vault):
    before = recall(vault)
    assert (before.memory, before.fault) == (NOTHING, None)
    assert keep(vault, NOTHING, before) is None
    assert keep(vault, stale("a"), before).resource_id == f"{vault.bucket}/retire/memory.json"
    found = recall(vault)
    assert found.memory == stale("a")
    assert keep(vault, stale("a"), found) is None
    assert recall(vault).version == found.version


def test_of_two_runs_at_once_one_is_overtaken(vault):
    first, second = recall(vault), recall(vault)
    assert keep(vault, stale("a"), first) is not None
    assert keep(vault, stale("b"), second) is None
    assert recall(vault).memory == stale("a")


def test_what_is_not_understood_is_written_over(vault):
    vault.write("retire/memory.json", b"{")
    found = recall(vault)
    assert (found.memory, found.fault.error_code, found.fault.reason) == (NOTHING, None, "unknown_message")
    assert keep(vault, NOTHING, found) is not None
    assert recall(vault).fault is None
