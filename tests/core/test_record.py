"""The record's published schema is the model's."""

import json
from pathlib import Path

from functions.core.record import Record


def test_the_published_schema_is_current():
    published = Path(__file__).parents[2] / "docs" / "record.schema.json"
    assert published.read_text() == json.dumps(Record.model_json_schema(mode="serialization"), indent=2) + "\n"


def test_every_field_is_always_there():
    schema = Record.model_json_schema(mode="serialization")
    assert set(schema["required"]) == set(schema["properties"])
