"""Agreeing on permessage-deflate."""

import pytest

from zonda.protocol.websocket.extensions import (
    DeflateParameters,
    accept_offer,
    accept_response,
    offer,
    parse_extensions,
)

DEFAULT = DeflateParameters()


def test_elements_are_names_with_parameters() -> None:
    value = 'a, permessage-deflate;client_max_window_bits ; x="1" ,\tb; y=2'
    assert parse_extensions(value) == [
        ("a", []),
        ("permessage-deflate", [("client_max_window_bits", None), ("x", "1")]),
        ("b", [("y", "2")]),
    ]


@pytest.mark.parametrize("value", ["", ",", "a,", ";a", "a;", "a=1", "a; b=", 'a; b="x y"', "a b"])
def test_what_is_no_list_of_extensions_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="malformed"):
        parse_extensions(value)


@pytest.mark.parametrize(
    ("offered", "answer"),
    [
        ("permessage-deflate", "permessage-deflate"),
        ("PerMessage-Deflate; client_max_window_bits", "permessage-deflate"),
        (
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
        ),
        (
            'permessage-deflate; server_max_window_bits="10"; client_max_window_bits=9',
            "permessage-deflate; server_max_window_bits=10; client_max_window_bits=9",
        ),
        ("permessage-deflate; server_max_window_bits=16, permessage-deflate", "permessage-deflate"),
        ("x-other, permessage-deflate", "permessage-deflate"),
        ("permessage-deflate; server_max_window_bits", None),
        ("permessage-deflate; server_max_window_bits=7", None),
        ("permessage-deflate; server_max_window_bits=010", None),
        ("permessage-deflate; client_max_window_bits=x", None),
        ("permessage-deflate; server_no_context_takeover=1", None),
        ("permessage-deflate; unknown", None),
        ("permessage-deflate; client_max_window_bits; client_max_window_bits", None),
        ("x-other", None),
    ],
)
def test_a_server_takes_the_first_offer_that_it_can_keep(offered: str, answer: str | None) -> None:
    agreed = accept_offer(parse_extensions(offered), DEFAULT)
    assert (agreed and agreed.encode()) == answer


def test_a_server_may_want_less_memory() -> None:
    wanted = DeflateParameters(True, True, 10, 11)
    agreed = accept_offer(parse_extensions("permessage-deflate; client_max_window_bits"), wanted)
    assert agreed == wanted
    # A client that does not name its window does not understand a limit for it.
    agreed = accept_offer(parse_extensions("permessage-deflate"), wanted)
    assert agreed == wanted._replace(client_max_window_bits=15)


def test_a_client_offers_what_it_wants() -> None:
    assert offer(DEFAULT) == "permessage-deflate; client_max_window_bits"
    assert offer(DeflateParameters(client_max_window_bits=9)) == (
        "permessage-deflate; client_max_window_bits=9"
    )


def test_a_client_takes_what_it_offered() -> None:
    def accept(value: str, wanted: DeflateParameters | None = DEFAULT) -> DeflateParameters | None:
        return accept_response(parse_extensions(value) if value else [], wanted)

    assert accept("") is None
    assert accept("permessage-deflate; client_max_window_bits=9") == DeflateParameters(
        client_max_window_bits=9
    )
    for value in ("x-foo", "permessage-deflate, permessage-deflate", "permessage-deflate; x"):
        with pytest.raises(ValueError):
            accept(value)
    with pytest.raises(ValueError, match="not offered"):
        accept("permessage-deflate", None)
    with pytest.raises(ValueError, match="takeover"):
        accept("permessage-deflate", DeflateParameters(server_no_context_takeover=True))
    with pytest.raises(ValueError, match="window"):
        accept("permessage-deflate", DeflateParameters(server_max_window_bits=10))
