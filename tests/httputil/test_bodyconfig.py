"""The limits of forms behave as the dataclasses that they are not."""

import copy
import dataclasses
import pickle
import subprocess
import sys

import pytest

from zonda.httputil import ParseBodyConfig, ParseMultipartConfig, ParseUrlEncodedConfig

CLASSES = [ParseBodyConfig, ParseMultipartConfig, ParseUrlEncodedConfig]


def test_defaults_by_position_or_by_name() -> None:
    assert vars(ParseMultipartConfig(False, 3)) == {
        "enabled": False,
        "max_parts": 3,
        "max_part_header_size": 10240,
    }
    assert ParseBodyConfig(urlencoded=ParseUrlEncodedConfig(7)).urlencoded.max_arguments == 7


def test_each_config_has_its_own_parts() -> None:
    one, other = ParseBodyConfig(), ParseBodyConfig()
    one.multipart.max_parts = 1
    assert other.multipart.max_parts == 100


@pytest.mark.parametrize("cls", CLASSES)
def test_equal_by_value(cls: type) -> None:
    assert cls() == cls()
    assert cls() != object()
    with pytest.raises(TypeError):
        hash(cls())


def test_different_by_value() -> None:
    assert ParseBodyConfig() != ParseBodyConfig(ParseMultipartConfig(enabled=False))


def test_repr_can_be_evaluated() -> None:
    config = ParseBodyConfig(ParseMultipartConfig(max_parts=2))
    assert eval(repr(config)) == config


@pytest.mark.parametrize("cls", CLASSES)
def test_copies(cls: type) -> None:
    assert pickle.loads(pickle.dumps(cls())) == cls() == copy.deepcopy(cls())


def test_dataclass_tools_work() -> None:
    names = [field.name for field in dataclasses.fields(ParseMultipartConfig)]
    assert names == ["enabled", "max_parts", "max_part_header_size"]
    changed = dataclasses.replace(ParseBodyConfig(), urlencoded=ParseUrlEncodedConfig(5))
    assert changed == ParseBodyConfig(urlencoded=ParseUrlEncodedConfig(5))
    assert dataclasses.asdict(changed)["urlencoded"] == {"max_arguments": 5}
    assert all(map(dataclasses.is_dataclass, CLASSES))


def test_dataclass_tools_work_first_of_all() -> None:
    code = "import zonda.httputil as h, dataclasses as d; print(d.asdict(h.ParseBodyConfig()))"
    printed = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert eval(printed) == dataclasses.asdict(ParseBodyConfig())
