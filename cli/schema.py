"""The JSON Schema of `nightkeep.toml`, made from the model that reads it, for editors."""

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from functions.core.config import Config

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _Untitled(GenerateJsonSchema):
    """pydantic gives each key a title made from its name, which says nothing."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's signature
        return False


def text() -> str:
    """The schema as docs/nightkeep.schema.json holds it."""
    schema = Config.model_json_schema(schema_generator=_Untitled)
    return json.dumps({"$schema": DIALECT, **schema}, indent=2, ensure_ascii=False)
