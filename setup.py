"""Builds the native kernel when it can; everything else is in pyproject.toml.

A missing compiler or Cython, a failed compilation and ``ZONDA_PURE=1`` all end the
same way: one line that says so, and a package that runs on the pure-Python twins.

``ZONDA_SANITIZE=address`` (or ``undefined``) builds a kernel that checks itself, for tests.
"""

import os
import sys
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

SOURCE = Path("src")
KERNEL = SOURCE / "zonda" / "_kernel"


def skip(reason: str) -> None:
    """Print the one line that says why the native kernel is not built."""
    print(f"zonda: native kernel skipped ({reason}); running on pure Python", file=sys.stderr)


class OptionalBuildExt(build_ext):
    """``build_ext`` that leaves all of the kernel out when a part of it cannot be built."""

    def run(self) -> None:
        """Build; a failure of whatever kind is a notice, since the twins do the same work."""
        try:
            super().run()
        except Exception as error:
            for extension in self.extensions:
                Path(self.get_ext_fullpath(extension.name)).unlink(missing_ok=True)
            reason = (str(error).strip() or repr(error)).splitlines()[-1]
            # A failed compiler is quoted with all of its arguments: both ends say enough.
            skip(reason if len(reason) < 120 else f"{reason[:60]} ... {reason[-40:]}")

    def get_outputs(self) -> list[str]:
        """The files that were really built: wheels and editable installs list them."""
        return [path for path in super().get_outputs() if Path(path).exists()]


def flags() -> list[str]:
    """Options for compiler and linker."""
    if sanitizer := os.environ.get("ZONDA_SANITIZE"):
        return ["-O1", "-g", f"-fsanitize={sanitizer}"]
    return [] if sys.platform == "win32" else ["-O3", "-Wno-unreachable-code"]


def module_name(path: Path) -> str:
    """The dotted name of the extension made from a source file."""
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts)


def kernel_extensions() -> list[Extension]:
    """The Cython extensions, or none when they are not wanted or cannot be had."""
    if os.environ.get("ZONDA_PURE") == "1":
        skip("ZONDA_PURE=1")
        return []
    try:
        from Cython.Build import cythonize
    except ImportError:
        skip("Cython is not installed")
        return []
    options = flags()
    extensions = [
        Extension(
            module_name(path),
            [str(path)],
            extra_compile_args=options,
            extra_link_args=[option for option in options if option.startswith("-fsanitize")],
        )
        for path in sorted(KERNEL.rglob("*.pyx"))
    ]
    built: list[Extension] = cythonize(
        extensions,
        build_dir="build",
        quiet=True,
        compiler_directives={
            "language_level": 3,
            "boundscheck": False,
            "wraparound": False,
            "initializedcheck": False,
            "cdivision": True,
            "freethreading_compatible": True,
            "embedsignature": True,
        },
    )
    return built


setup(ext_modules=kernel_extensions(), cmdclass={"build_ext": OptionalBuildExt})
