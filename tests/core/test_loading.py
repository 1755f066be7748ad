"""Inputs are loaded as marshmallow loads them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import EXCLUDE, INCLUDE, Schema, ValidationError, fields

from schemas.base import Choice, Input, Text, Whole
from schemas.user import EditedPatient, NewPatient

WIRE = ("name", "if18", "sex", "phone", "idcard", "idcardKind", "relation", "consentGiven", "id", "unknown")
VALUES: st.SearchStrategy[Any] = st.sampled_from(
    ["王小明", "y", "n", "m", "13800138000", "610102199001011237", "父母", "身份证", "", None, 7, "7", [], {}]
)


class Part(Input):
    number = Whole(data_key="n")


class Nesting(Input):
    part = fields.Nested(Part, required=True)
    parts = fields.List(fields.Nested(Part), load_default=list)
    name = Text(1, 3, attribute="called")
    kind = Choice(("a", "b"), required=False)


def outcome(schema: Schema, given: Any, **how: Any) -> Any:
    try:
        return schema.load(given, **how)
    except ValidationError as error:
        return error.messages, error.valid_data


def same_as_marshmallow(schema: Schema, given: Any, **how: Any) -> None:
    found = outcome(schema, given, **how)
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(Input, "_deserialize")
        assert found == outcome(schema, given, **how)


@given(st.dictionaries(st.sampled_from(WIRE), VALUES))
def test_patients_in_any_state_are_loaded_as_marshmallow_loads_them(body: dict[str, Any]) -> None:
    same_as_marshmallow(NewPatient(), body)
    same_as_marshmallow(EditedPatient(), body)


@pytest.mark.parametrize(
    "given",
    [
        {"part": {"n": 1}, "name": "x"},
        {"part": {"n": "x"}, "parts": [{"n": 1}, {"n": None}, 5], "name": "long name"},
        {"part": 5, "kind": "c"},
        [],
        None,
        "x",
    ],
)
@pytest.mark.parametrize(
    "how",
    [
        {},
        {"partial": True},
        {"partial": ("name",)},
        {"unknown": INCLUDE},
        {"unknown": EXCLUDE},
        {"many": True},
    ],
)
def test_parts_and_other_ways_of_loading_are_marshmallow_s(given: Any, how: dict[str, Any]) -> None:
    same_as_marshmallow(Nesting(), given, **how)
