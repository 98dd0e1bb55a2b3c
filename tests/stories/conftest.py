"""Every story ends with the same proofs: records are valid, and they and the account's calls agree."""

import json

import jsonschema
import pytest

from sandbox import contract
from sandbox.account import Sandbox
from tests.stories.world import SCHEMA, World, compare_with_calls, start_at

PROMISED = {(row.service, row.operation) for row in contract.rows()}


@pytest.fixture
def world(synthesize):
    """Builds a World; at the end of the story its records are checked against the schema and the calls."""
    worlds = []

    def build(*configurations, start=None, homes=("ap-south-1",)):
        sandbox = Sandbox(start or start_at())
        sandbox.__enter__()
        worlds.append((sandbox, homes))
        return World(sandbox, synthesize, *configurations)

    build.worlds = worlds
    yield build
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
    try:
        for sandbox, homes in worlds:
            built = World.__new__(World)
            built.sandbox = sandbox
            for home in homes:
                for record in built.records(home=home):
                    validator.validate(record)
            compare_with_calls(built, homes)
            used = {(call.service, call.operation) for call in sandbox.gateway.calls if call.caller not in {"user", "cloudformation"}}
            assert used - PROMISED == set(), "functions use what sandbox/contract.toml does not promise"
    finally:
        for sandbox, _ in worlds:
            sandbox.__exit__(None, None, None)
