"""Conditional requests for files, RFC 9110 section 13.

Functions take a way to look up one field of the request: most requests have none of these,
and building a mapping of all fields costs more than that.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime

__all__ = ["Lookup", "is_modified_since", "parse_date", "precondition_fails", "range_applies"]

#: Gives the value of a request's field, or None.
Lookup = Callable[[str], str | None]

_entity_tags = re.compile(r'\*|(?:W/)?"[^"]*"').findall


def parse_date(text: str) -> datetime.datetime | None:
    """An HTTP date in any of its three formats (section 5.6.7), or None."""
    import datetime
    from email.utils import parsedate_to_datetime

    try:
        date = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
    return date if date.tzinfo is not None else date.replace(tzinfo=datetime.UTC)


def is_modified_since(field: str, modified: datetime.datetime) -> bool:
    """Whether a file changed after the date in a field; yes if that is no date."""
    date = parse_date(field)
    return date is None or modified > date


def precondition_fails(field: Lookup, etag: str | None, modified: datetime.datetime | None) -> bool:
    """Whether the client does not want this state of the file (If-Match, If-Unmodified-Since).

    Sections 13.1.1 and 13.1.4; the answer is 412.
    """
    match = field("If-Match")
    if match is not None:
        tags = _entity_tags(match)
        # Compared strongly: a weak tag on either side never matches.
        return not ("*" in tags or (etag is not None and etag in tags and etag[0] == '"'))
    since = field("If-Unmodified-Since")
    if since is not None and modified is not None:
        date = parse_date(since)
        return date is not None and modified > date
    return False


def range_applies(field: Lookup, etag: str | None, modified: datetime.datetime | None) -> bool:
    """Whether the Range field counts: what the client has a part of is unchanged (If-Range).

    Section 13.1.5. Otherwise the whole file is sent.
    """
    condition = field("If-Range")
    if condition is None:
        return True
    condition = condition.strip()
    if condition.startswith(('"', "W/")):
        return condition == etag and condition[0] == '"'
    return modified is not None and parse_date(condition) == modified
