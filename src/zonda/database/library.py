"""SQLAlchemy, or a word about how to get it."""

from __future__ import annotations

try:
    import sqlalchemy
    from sqlalchemy.ext import asyncio as sqlalchemy_asyncio
except ImportError as error:
    raise ImportError("zonda.database needs SQLAlchemy: pip install zonda[database]") from error

if int(sqlalchemy.__version__.partition(".")[0]) < 2:
    raise ImportError(
        f"zonda.database needs SQLAlchemy 2.1, this is {sqlalchemy.__version__}:"
        " pip install -U zonda[database]"
    )

__all__ = ["sqlalchemy", "sqlalchemy_asyncio"]
