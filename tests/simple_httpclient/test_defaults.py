"""Defaults tell of every change, and only of that."""

import copy
import pickle

import pytest

from zonda.simple_httpclient.defaults import Defaults


def remove(defaults):
    del defaults["a"]


def unite(defaults):
    defaults |= {"b": 2}


@pytest.mark.parametrize(
    ("change", "left"),
    [
        (remove, {}),
        (unite, {"a": 1, "b": 2}),
        (lambda defaults: defaults.__setitem__("a", 2), {"a": 2}),
        (lambda defaults: defaults.clear(), {}),
        (lambda defaults: defaults.pop("a"), {}),
        (lambda defaults: defaults.popitem(), {}),
        (lambda defaults: defaults.setdefault("b", 2), {"a": 1, "b": 2}),
        (lambda defaults: defaults.update(b=2), {"a": 1, "b": 2}),
    ],
)
def test_changes(change, left):
    told = []
    defaults = Defaults({"a": 1}, lambda: told.append(dict(defaults)))
    change(defaults)
    assert defaults == left
    assert told == [left]


def test_a_change_that_fails():
    told = []
    defaults = Defaults({}, lambda: told.append(1))
    with pytest.raises(KeyError, match="b"):
        defaults.pop("b")
    assert told == [1]


def test_looking_is_no_change():
    told = []
    defaults = Defaults({"a": 1}, lambda: told.append(1))
    assert defaults.get("a") == defaults["a"] == len(defaults)
    assert defaults | {"b": 2} == {"a": 1, "b": 2}
    assert told == []


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))]
)
def test_copies_are_dictionaries_without_a_client(copied):
    defaults = Defaults({"a": 1}, lambda: None)
    assert copied(defaults) == {"a": 1}
    assert type(copied(defaults)) is dict
