"""Rows."""

import pytest

from zonda.database import Row
from zonda.escape import json_encode


def test_columns_are_items_and_attributes():
    row = Row(id=1, items=2)
    assert (row.id, row["id"], row["items"]) == (1, 1, 2)
    assert list(row.items()) == [("id", 1), ("items", 2)]
    with pytest.raises(AttributeError, match="name"):
        row.name


def test_a_row_is_json():
    assert json_encode(Row(id=1)) == '{"id": 1}'
