"""Fuzzes one target with atheris: ``python -m tools.fuzz.one NAME [libFuzzer's arguments]``."""

import sys

import atheris  # type: ignore[import-not-found,import-untyped,unused-ignore]


def main(argv: list[str]) -> None:
    """Instrument the package while it is imported, then hand over to libFuzzer."""
    with atheris.instrument_imports(include=["zonda"]):
        from tools.fuzz.targets import TARGETS
    target = TARGETS[argv[1]]
    atheris.Setup([argv[0], *argv[2:]], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv)
