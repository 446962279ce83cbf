"""The schema says what the declarations say."""

from __future__ import annotations

import json

from lava.lib.dl.spec.schema import schema


def test_the_schema_names_what_a_reader_needs() -> None:
    plain = json.loads(json.dumps(schema()))
    weight = next(
        f for f in plain["layers"]["dense"]["fields"] if f["name"] == "weight"
    )
    assert weight["written_as"] == "float32"
    assert weight["axes"] == ["output", "input"]
    assert weight["required"]
    assert weight["complex_name"] == "weight/real"
    assert plain["neurons"]["CUBA"]["aliases"] == ["LOIHI"]
