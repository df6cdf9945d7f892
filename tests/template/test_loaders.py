"""Loaders: names, caches, and staying below the root."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from zonda.template import BaseLoader, DictLoader, Loader, ParseError, Template


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "templates"
    (root / "sub").mkdir(parents=True)
    (root / "top.html").write_text("top")
    (root / "sub" / "page.html").write_text("{% include 'part.html' %}{% include '../top.html' %}")
    (root / "sub" / "part.html").write_text("part ")
    (tmp_path / "secret.html").write_text("secret")
    (tmp_path / "templates-too").mkdir()
    (tmp_path / "templates-too" / "x.html").write_text("secret")
    return root


class TestLoader:
    def test_names_are_relative_to_the_template(self, root: Path) -> None:
        loader = Loader(str(root))
        assert loader.load("sub/page.html").generate() == b"part top"
        assert set(loader.templates) == {"sub/page.html", "sub/part.html", "top.html"}

    @pytest.mark.parametrize(
        ("name", "parent", "path"),
        [
            ("a", None, "a"),
            ("a", "sub/b", "sub/a"),
            ("../a", "sub/b", "a"),
            ("x/../a", "b", "a"),
            ("/a", "sub/b", "/a"),
            ("a", "/sub/b", "a"),
            ("a", "<string>", "a"),
            ("../../a", "sub/b", "../../a"),
        ],
    )
    def test_resolve_path(self, root: Path, name: str, parent: str | None, path: str) -> None:
        assert Loader(str(root)).resolve_path(name, parent) == path

    @pytest.mark.parametrize(
        "name",
        ["../secret.html", "sub/../../secret.html", "../templates-too/x.html", "/etc/passwd"],
    )
    def test_stays_below_its_root(self, root: Path, name: str) -> None:
        with pytest.raises(FileNotFoundError, match="outside of"):
            Loader(str(root)).load(name)

    def test_includes_stay_below_the_root(self, root: Path) -> None:
        (root / "sub" / "bad.html").write_text("{% include '../../secret.html' %}")
        with pytest.raises(FileNotFoundError, match="outside of"):
            Loader(str(root)).load("sub/bad.html")

    def test_absolute_names_below_the_root(self, root: Path) -> None:
        assert Loader(str(root)).load(str(root / "top.html")).generate() == b"top"

    def test_the_root_of_everything(self, root: Path) -> None:
        assert Loader("/").load(str(root / "top.html")).generate() == b"top"

    def test_relative_root(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(root.parent)
        loader = Loader("templates")
        monkeypatch.chdir("/")
        assert loader.load("top.html").generate() == b"top"

    def test_missing(self, root: Path) -> None:
        with pytest.raises(FileNotFoundError):
            Loader(str(root)).load("none.html")

    def test_utf8(self, root: Path) -> None:
        (root / "é.html").write_bytes("é {{ 'ß' }}".encode())
        assert Loader(str(root)).load("é.html").generate().decode() == "é ß"


class TestCache:
    def test_templates_are_kept_until_reset(self) -> None:
        sources = {"a": "1"}
        loader = DictLoader(sources)
        template = loader.load("a")
        sources["a"] = "2"
        assert loader.load("a") is template
        loader.reset()
        assert loader.load("a").generate() == b"2"

    def test_failures_are_not_kept(self) -> None:
        sources = {"a": "{{"}
        loader = DictLoader(sources)
        for _ in range(2):
            with pytest.raises(ParseError):
                loader.load("a")
        sources["a"] = "fine"
        assert loader.load("a").generate() == b"fine"

    def test_threads_get_the_same_template(self) -> None:
        loader = DictLoader({"a": "{% include 'b' %}", "b": "{{ 1 }}" * 500})
        start = threading.Barrier(4)
        found: list[Template] = []

        def load() -> None:
            start.wait()
            found.append(loader.load("a"))

        threads = [threading.Thread(target=load) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 4
        assert len(set(map(id, found))) == 1


class TestDefaults:
    def test_autoescape(self) -> None:
        assert DictLoader({"a": "{{ '<' }}"}).load("a").generate() == b"&lt;"
        assert DictLoader({"a": "{{ '<' }}"}, autoescape=None).load("a").generate() == b"<"
        loader = DictLoader({"a": "{{ '<' }}"}, autoescape="url_escape")
        assert loader.load("a").generate() == b"%3C"

    def test_namespace(self) -> None:
        loader = DictLoader({"a": "{{ x }}{{ y }}"}, namespace={"x": 1, "y": 2})
        assert loader.load("a").generate(y=3) == b"13"

    def test_whitespace(self) -> None:
        sources = {"a.html": "x  \n y", "a.txt": "x  \n y"}
        assert DictLoader(sources).load("a.html").generate() == b"x\ny"
        assert DictLoader(sources).load("a.txt").generate() == b"x  \n y"
        loader = DictLoader(sources, whitespace="oneline")
        assert loader.load("a.txt").generate() == b"x y"

    def test_attributes(self) -> None:
        loader = DictLoader({})
        assert (loader.autoescape, loader.namespace, loader.whitespace) == (
            "xhtml_escape",
            {},
            None,
        )
        assert (loader.templates, loader.dict) == ({}, {})
        with loader.lock, loader.lock:
            pass


class TestOwnLoaders:
    def test_subclass(self) -> None:
        class Upper(BaseLoader):
            def resolve_path(self, name: str, parent_path: str | None = None) -> str:
                return name.upper()

            def _create_template(self, name: str) -> Template:
                return Template(f"I am {name}", name=name, loader=self)

        assert Upper().load("a").generate() == b"I am A"

    def test_interface(self) -> None:
        loader: Any = BaseLoader()
        with pytest.raises(NotImplementedError, match="resolve_path"):
            loader.load("a")
        with pytest.raises(NotImplementedError, match="_create_template"):
            loader._create_template("a")


@pytest.mark.parametrize(
    ("name", "parent", "path"),
    [("a", None, "a"), ("b", "x/a", "x/b"), ("../b", "x/a", "b"), ("/b", "x/a", "/b"),
     ("b", "<string>", "b"), ("../../b", "x/a", "../b")],
)  # fmt: skip
def test_dict_loader_paths(name: str, parent: str | None, path: str) -> None:
    assert DictLoader({}).resolve_path(name, parent) == path
