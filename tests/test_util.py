"""zonda.util: names, configurable classes, argument replacement, gzip, lazy attributes."""

from __future__ import annotations

import datetime
import doctest
import gzip
import re
import sys
import zlib
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda import util
from zonda.util import (
    ArgReplacer,
    Configurable,
    GzipDecompressor,
    ObjectDict,
    errno_from_exception,
    exec_in,
    import_object,
    lazy,
    raise_exc_info,
    re_unescape,
    timedelta_to_seconds,
)


class TestLazy:
    def make(self) -> Any:
        class Counter:
            calls = 0

            @lazy
            def value(self) -> int:
                """How often."""
                self.calls += 1
                return self.calls

        return Counter

    def test_computes_once(self) -> None:
        counter = self.make()()
        assert (counter.value, counter.value, counter.calls) == (1, 1, 1)

    def test_is_a_plain_attribute_afterwards(self) -> None:
        counter = self.make()()
        counter.value = 7
        assert (counter.value, counter.calls) == (7, 0)
        del counter.value
        assert counter.value == 1

    def test_instances_do_not_share(self) -> None:
        counter = self.make()
        one, other = counter(), counter()
        one.value = 5
        assert other.value == 1

    def test_class_access_gives_the_descriptor(self) -> None:
        descriptor = self.make().value
        assert isinstance(descriptor, lazy)
        assert descriptor.__doc__ == "How often."

    def test_takes_the_name_it_is_assigned_to(self) -> None:
        class Renamed:
            short = lazy(lambda self: object())

        instance = Renamed()
        assert instance.short is instance.short
        assert "short" in vars(instance)

    def test_an_error_is_not_remembered(self) -> None:
        class Flaky:
            broken = True

            @lazy
            def value(self) -> str:
                if self.broken:
                    raise RuntimeError("not yet")
                return "fine"

        flaky = Flaky()
        with pytest.raises(RuntimeError):
            flaky.value
        flaky.broken = False
        assert flaky.value == "fine"


class TestObjectDict:
    def test_attributes_are_items(self) -> None:
        d = ObjectDict(a=1)
        d.b = 2
        assert (d.a, d["b"], dict(d)) == (1, 2, {"a": 1, "b": 2})

    def test_missing_attribute(self) -> None:
        with pytest.raises(AttributeError, match="nothing"):
            ObjectDict().nothing


class TestImportObject:
    def test_modules_and_members(self) -> None:
        assert import_object("zonda") is sys.modules["zonda"]
        assert import_object("zonda.util") is util
        assert import_object("zonda.util.import_object") is import_object

    @pytest.mark.parametrize("name", ["no_such_package", "zonda.no_such", "zonda.util.no_such"])
    def test_missing(self, name: str) -> None:
        with pytest.raises(ImportError, match="no_such"):
            import_object(name)


def test_exec_in() -> None:
    glob: dict[str, Any] = {}
    exec_in("x = 1", glob)
    assert glob["x"] == 1
    loc: dict[str, Any] = {}
    exec_in(compile("y = x + 1", "f", "exec"), glob, loc)
    assert loc == {"y": 2}
    assert "y" not in glob


def test_exec_in_does_not_inherit_future_imports() -> None:
    glob: dict[str, Any] = {}
    exec_in("def f(x: int): pass", glob)
    assert glob["f"].__annotations__ == {"x": int}


def test_raise_exc_info() -> None:
    try:
        raise KeyError("here")
    except KeyError:
        info = sys.exc_info()
    with pytest.raises(KeyError) as caught:
        raise_exc_info(info)
    assert caught.value is info[1]
    with pytest.raises(TypeError):
        raise_exc_info((None, None, None))


@pytest.mark.parametrize(
    ("error", "number"),
    [
        (OSError(9, "bad"), 9),
        (Exception(), None),
        (Exception(7, "x"), 7),
        (ConnectionResetError(104, "reset"), 104),
    ],
)
def test_errno_from_exception(error: Exception, number: int | None) -> None:
    assert errno_from_exception(error) == number


class TestReUnescape:
    @given(st.text())
    def test_undoes_escape(self, text: str) -> None:
        assert re_unescape(re.escape(text)) == text

    @pytest.mark.parametrize("pattern", [r"\d", r"a\b", r"\Z"])
    def test_what_escape_never_writes(self, pattern: str) -> None:
        with pytest.raises(ValueError, match="never writes"):
            re_unescape(pattern)


def test_timedelta_to_seconds() -> None:
    assert timedelta_to_seconds(datetime.timedelta(days=1, microseconds=5)) == 86400.000005


class Shape(Configurable):
    @classmethod
    def configurable_base(cls) -> type[Configurable]:
        return Shape

    @classmethod
    def configurable_default(cls) -> type[Configurable]:
        return Circle

    def initialize(self, size: int = 1, color: str = "red") -> None:
        self.size, self.color = size, color


class Circle(Shape):
    pass


class Square(Shape):
    pass


class Polygon(Shape):
    """An implementation that is configurable in turn."""

    @classmethod
    def configurable_base(cls) -> type[Configurable]:
        return Polygon

    @classmethod
    def configurable_default(cls) -> type[Configurable]:
        return Triangle


class Triangle(Polygon):
    pass


class TestConfigurable:
    @pytest.fixture(autouse=True)
    def _restore(self) -> Any:
        saved = Shape._save_configuration(), Polygon._save_configuration()
        yield
        Shape._restore_configuration(saved[0])
        Polygon._restore_configuration(saved[1])

    def test_default(self) -> None:
        shape = Shape(size=3)
        assert type(shape) is Circle
        assert (shape.size, shape.color) == (3, "red")

    def test_configured_class_and_arguments(self) -> None:
        Shape.configure(Square, color="blue")
        assert Shape.configured_class() is Square
        shape = Shape(5)
        assert (type(shape), shape.size, shape.color) == (Square, 5, "blue")
        assert Shape(color="green").color == "green"

    def test_arguments_are_for_the_interface_only(self) -> None:
        Shape.configure(Square, color="blue")
        assert Square().color == "red"

    def test_arguments_for_the_default(self) -> None:
        Shape.configure(None, size=4)
        assert (type(Shape()), Shape().size) == (Circle, 4)

    def test_by_name(self, monkeypatch: pytest.MonkeyPatch) -> None:
        shapes = ModuleType("shapes")
        shapes.Square = Square  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "shapes", shapes)
        Shape.configure("shapes.Square")
        assert type(Shape()) is Square

    def test_not_a_subclass(self) -> None:
        with pytest.raises(ValueError, match="not a subclass of Shape"):
            Shape.configure(int)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="not a subclass"):
            Shape.configure("os.path")

    def test_configuration_within_a_configuration(self) -> None:
        Shape.configure(Polygon, color="blue")
        Polygon.configure(Triangle, size=9)
        shape = Shape()
        assert (type(shape), shape.size, shape.color) == (Triangle, 9, "blue")
        assert Polygon().color == "red"

    def test_inner_default_does_not_follow_the_outer_choice(self) -> None:
        Shape.configure(Square)
        assert type(Polygon()) is Triangle

    def test_save_and_restore(self) -> None:
        Shape.configure(Square, size=2)
        saved = Shape._save_configuration()
        Shape.configure(None)
        assert type(Shape()) is Circle
        Shape._restore_configuration(saved)
        assert (type(Shape()), Shape().size) == (Square, 2)

    def test_interface_must_say_what_it_is(self) -> None:
        with pytest.raises(NotImplementedError, match="configurable_base"):
            Configurable()

    def test_no_default(self) -> None:
        class Nothing(Configurable):
            @classmethod
            def configurable_base(cls) -> type[Configurable]:
                return Nothing

            @classmethod
            def configurable_default(cls) -> Any:
                return None

        with pytest.raises(ValueError, match=r"Nothing\.configure"):
            Nothing()

    def test_unknown_arguments_are_errors(self) -> None:
        with pytest.raises(TypeError):
            Shape(weight=5)


class TestArgReplacer:
    def function(self, x: int, y: int, callback: Any = None, *, key: int = 0) -> None:
        raise NotImplementedError

    def test_by_position(self) -> None:
        replacer = ArgReplacer(self.function, "callback")
        args = (None, 1, 2, "old")
        assert replacer.get_old_value(args, {}) == "old"
        assert replacer.replace("new", args, {}) == ("old", [None, 1, 2, "new"], {})
        assert args == (None, 1, 2, "old")

    def test_by_name(self) -> None:
        replacer = ArgReplacer(self.function, "callback")
        kwargs = {"y": 2, "callback": "old"}
        assert replacer.get_old_value((None, 1), kwargs) == "old"
        old, args, changed = replacer.replace("new", (None, 1), kwargs)
        assert (old, args, changed) == ("old", (None, 1), {"y": 2, "callback": "new"})

    def test_omitted(self) -> None:
        replacer = ArgReplacer(self.function, "callback")
        assert replacer.get_old_value((None, 1, 2), {}, "default") == "default"
        assert replacer.replace("new", (None, 1, 2), {}) == (
            None,
            (None, 1, 2),
            {"callback": "new"},
        )

    def test_keyword_only_has_no_position(self) -> None:
        replacer = ArgReplacer(self.function, "key")
        assert replacer.arg_pos is None
        assert replacer.replace(5, (None, 1), {"key": 4}) == (4, (None, 1), {"key": 5})


def decompress(data: bytes, size: int, limit: int) -> bytes:
    """Decompress in input pieces of *size* with output pieces of at most *limit*."""
    decompressor = GzipDecompressor()
    output = []
    for i in range(0, len(data), size):
        pending = data[i : i + size]
        while pending:
            piece = decompressor.decompress(pending, limit)
            assert len(piece) <= limit
            output.append(piece)
            pending = decompressor.unconsumed_tail
    output.append(decompressor.flush())
    return b"".join(output)


class TestGzipDecompressor:
    @given(
        st.lists(st.binary(max_size=300), max_size=4),
        st.integers(1, 100),
        st.integers(1, 1000),
    )
    def test_all_members_whatever_the_pieces(
        self, members: list[bytes], size: int, limit: int
    ) -> None:
        data = b"".join(map(gzip.compress, members))
        assert decompress(data, size, limit) == b"".join(members)

    def test_limit_stops_a_bomb(self) -> None:
        decompressor = GzipDecompressor()
        bomb = gzip.compress(bytes(10_000_000))
        assert decompressor.decompress(bomb, 1000) == bytes(1000)
        assert decompressor.unconsumed_tail
        with pytest.raises(ValueError, match="unconsumed_tail"):
            decompressor.flush()

    def test_without_limit_warns(self) -> None:
        with pytest.warns(DeprecationWarning, match="max_length"):
            assert GzipDecompressor().decompress(gzip.compress(b"x")) == b"x"

    def test_negative_limit(self) -> None:
        with pytest.raises(ValueError, match="max_length"):
            GzipDecompressor().decompress(b"", -1)

    @pytest.mark.parametrize("garbage", [b"x", b"\x00\x00\x00", b"\x1f\x00", zlib.compress(b"x")])
    def test_what_is_not_gzip(self, garbage: bytes) -> None:
        for data in (garbage, gzip.compress(b"first") + garbage):
            with pytest.raises(zlib.error):
                decompress(data, 1000, 1000)

    def test_cut_short(self) -> None:
        whole = gzip.compress(b"some data") + gzip.compress(b"more")
        ends = {0, len(gzip.compress(b"some data")), len(whole)}
        for n in range(len(whole)):
            if n not in ends:
                with pytest.raises(zlib.error):
                    decompress(whole[:n], 7, 1000)

    def test_damaged(self) -> None:
        data = bytearray(gzip.compress(b"some data"))
        data[-5] ^= 1
        with pytest.raises(zlib.error):
            decompress(bytes(data), 1000, 1000)

    def test_flood_of_tiny_members(self) -> None:
        # Each member used to be followed by a copy of all that was behind it.
        data = gzip.compress(b"") * 20_000
        assert decompress(data, len(data), 1000) == b""


def test_names_of_old() -> None:
    assert util.PY3 is True
    assert util.is_finalizing() is False
    assert (util.unicode_type, util.bytes_type, util.basestring_type) == (str, bytes, str)
    assert util.TimeoutError is TimeoutError


def test_docstring_examples() -> None:
    suite = util.doctests()
    assert suite.countTestCases() > 0
    assert doctest.testmod(util).failed == 0
