"""The reference and the schema say what the model says."""

import json
import re
import tomllib
from pathlib import Path

import jsonschema
import pytest

from cli import schema
from functions.core import config
from functions.core.config import Config, Policy
from functions.core.config.keep import Keep, Ladder
from functions.core.config.recycle_bin import RecycleBin
from functions.core.config.volumes import Added, LeaveOut, Volumes

ROOT = Path(__file__).parents[2]
REFERENCE = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", REFERENCE, re.DOTALL)
KEYS = [*Config.model_fields, *(key for key in Policy.model_fields if key != "name")]

TABLES = (Keep, Ladder, RecycleBin, Volumes, LeaveOut, Added)


def completed(example):
    """An example that shows some keys, with what else a file needs."""
    raw = tomllib.loads(example)
    policies = raw.get("policies", {"nightly": {}})
    wanted = list(raw.get("keys", {}))
    filled = {
        name: {"schedule": "cron(0 2 * * ? *)", **({"copy_to": wanted} if wanted else {}), **table} for name, table in policies.items()
    }
    return {"home_region": "ap-south-1", **raw, "policies": filled}


@pytest.mark.parametrize("example", EXAMPLES)
def test_each_example_is_read(example):
    raw = completed(example)
    config.parse(raw, "docs/configuration.md")
    jsonschema.validate(raw, json.loads(schema.text()), format_checker=jsonschema.FormatChecker())


@pytest.mark.parametrize("key", KEYS)
def test_each_key_has_its_row_and_an_example(key):
    assert f"| `{key}` |" in REFERENCE
    assert any(re.search(rf"^\[?{key}\b", example, re.MULTILINE) for example in EXAMPLES)


@pytest.mark.parametrize(("table", "key"), [(table, key) for table in TABLES for key in table.model_fields])
def test_so_has_each_key_of_a_table(table, key):
    assert re.search(rf"^\|.*`{key}`.* \|", REFERENCE, re.MULTILINE) or f"`{key}` names" in REFERENCE
    assert any(re.search(rf"(^|[\s{{.]){key}(\.\w+)?(\s*=|\])", example, re.MULTILINE) for example in EXAMPLES)


def test_the_defaults_are_the_models():
    properties = json.loads(schema.text())["$defs"]["Policy"]["properties"]
    for key in ("timezone", "flexible_start", "window", "name_tag", "description"):
        assert f'| `{key}` | `"{properties[key]["default"]}"` |' in REFERENCE
        shown = config.parse(completed(""), "").policies["nightly"]
        given = config.parse(completed(f"policies.nightly.{key} = {json.dumps(properties[key]['default'])}"), "").policies["nightly"]
        assert given == shown


def test_the_schema_is_current():
    stored = (ROOT / "docs" / "nightkeep.schema.json").read_text(encoding="utf-8")
    assert stored == schema.text() + "\n", "run: nightkeep schema > docs/nightkeep.schema.json"


@pytest.mark.parametrize(
    "wrong",
    [
        {"home_region": "nowhere"},
        {"polices": {}},
        {"policies": {}},
        {"policies": {"Off": {"schedule": "cron(0 2 * * ? *)"}}},
        {"api_share": 0},
    ],
)
def test_the_schema_refuses(wrong):
    jsonschema.Draft202012Validator.check_schema(json.loads(schema.text()))
    good = completed("")
    jsonschema.validate(good, json.loads(schema.text()))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**good, **wrong}, json.loads(schema.text()))


def test_the_repositorys_own_file():
    assert config.load(ROOT / "nightkeep.toml").policies
