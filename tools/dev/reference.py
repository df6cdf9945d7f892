"""Writes the reference's pages: one a public module, each name in the module that defines it.

Sphinx's autodoc fills the pages from docstrings. Which names belong on them is decided here, from
the package's table of modules and their ``__all__``.
"""

import inspect
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

from sphinx.pycode import ModuleAnalyzer

import zonda

#: What the package itself defines; everything else in its ``__all__`` is a module.
OWN = {"kernel", "version", "version_info"}
#: Modules that are not in its ``__all__`` because they need another package.
NEEDY = {"database"}
#: Modules inside others that users import by their own names.
INNER = {"testing.mock"}
MODULES = {
    name: import_module(f"zonda.{name}")
    for name in sorted(set(zonda.__all__) - OWN | NEEDY | INNER)
}


def home(value: object) -> str:
    """The public module that an object is defined below, or the foreign one."""
    defined: str = getattr(value, "__module__", None) or ""
    for name in INNER:
        if f"{defined}.".startswith(f"zonda.{name}."):
            return f"zonda.{name}"
    return ".".join(defined.split(".")[:2]) if defined.startswith("zonda.") else defined


def exported(module: ModuleType) -> Iterator[tuple[str, object]]:
    """The names that a module offers, with their objects; the package's modules are no names."""
    for name in getattr(module, "__all__", ()):
        if module is not zonda or name in OWN:
            yield name, getattr(module, name)


def described(module: ModuleType, value: object) -> bool:
    """Whether the object is described on this module's page: at home, or from a private module."""
    where = home(value)
    return where == module.__name__ or (
        where.startswith("zonda.") and where.removeprefix("zonda.") not in MODULES
    )


CLASSES = {
    value
    for module in MODULES.values()
    for _, value in exported(module)
    if inspect.isclass(value) and described(module, value)
}


def variables(module: ModuleType) -> dict[str, list[str]]:
    """What is said about variables, by docstring or ``#:``, in any file of the module."""
    files = [module.__name__]
    if module is not zonda and module.__file__ and module.__file__.endswith("__init__.py"):
        folder = Path(module.__file__).parent
        files += [f"{module.__name__}.{path.stem}" for path in folder.glob("[a-z]*.py")]
    comments = [ModuleAnalyzer.for_module(file).find_attr_docs() for file in files]
    return {name: lines for file in comments for (scope, name), lines in file.items() if not scope}


def class_directive(name: str, value: type) -> str:
    """Describe a class."""
    kind = "exception" if issubclass(value, BaseException) else "class"
    bases = set(value.__mro__[1:])
    # Mixins that nobody needs to know are shown as part of the class that they make up.
    ours = any(base.__module__.startswith("zonda.") for base in bases)
    inherits = "inherited" if ours and not CLASSES & bases else "no-inherited"
    options = ["members", f"{inherits}-members", "show-inheritance"]
    return "\n".join([f".. auto{kind}:: {name}", *(f"   :{option}:" for option in options), ""])


def directive(module: ModuleType, name: str, value: object) -> str:
    """The directive that describes one name; empty when another page does, or nothing is said."""
    if inspect.isclass(value):
        return class_directive(name, value) if described(module, value) else ""
    if inspect.isroutine(value):
        return f".. autofunction:: {name}\n" if described(module, value) else ""
    if said := variables(module).get(name):
        return "\n".join([f".. py:data:: {name}", "", *(f"   {line}" for line in said)])
    return ""


def elsewhere(module: ModuleType) -> str:
    """One line with the names that the module offers and another one describes."""
    links = [
        f":py:obj:`~{home(value)}.{name}`"
        for name, value in exported(module)
        if home(value).removeprefix("zonda.") in MODULES and home(value) != module.__name__
    ]
    return f"Also here: {', '.join(links)}.\n" if links else ""


def page(module: ModuleType) -> str:
    """The text of a module's page."""
    title = module.__name__
    names = sorted(exported(module), key=lambda item: item[0].lower())
    parts = [
        f"{title}\n{'=' * len(title)}\n",
        f".. automodule:: {title}\n   :no-members:\n",
        elsewhere(module),
        *(directive(module, name, value) for name, value in names),
    ]
    return "\n".join(part for part in parts if part)


def write(folder: Path) -> None:
    """Write the pages that changed, and remove those of modules that are gone."""
    pages = {folder / f"{m.__name__}.rst": page(m) for m in (zonda, *MODULES.values())}
    for path in set(folder.glob("zonda*.rst")) - set(pages):
        path.unlink()
    for path, text in pages.items():
        if not path.exists() or path.read_text() != text:  # Sphinx reads again what is written
            path.write_text(text)
