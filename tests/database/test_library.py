"""SQLAlchemy is an extra."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("fake", "message"),
    [
        ("sys.modules['sqlalchemy'] = None", "pip install zonda[database]"),
        (
            "sys.modules['sqlalchemy.ext'] = sys.modules['sqlalchemy'] = m = types.ModuleType('s');"
            "m.__version__ = '1.4.9'; m.asyncio = m; m.__path__ = []",
            "this is 1.4.9: pip install -U zonda[database]",
        ),
    ],
)
def test_without_it_the_import_says_what_to_install(fake, message):
    code = f"import sys, types; {fake}\nimport zonda.database"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "ImportError: zonda.database needs SQLAlchemy" in done.stderr
    assert message in done.stderr
