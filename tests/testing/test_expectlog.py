"""`ExpectLog`: what counts, what passes through, and what is restored."""

import logging
import re

import pytest

from zonda.testing import ExpectLog

logger = logging.getLogger("zonda.tests.expectlog")


def expect(regex, *messages, level=None, log_level=logging.WARNING, **kwargs):
    with ExpectLog(logger, regex, level=level, **kwargs) as log:
        for message in messages:
            logger.log(log_level, message)
    return log


def test_expected_messages_are_kept_out(caplog):
    log = expect("expected", "expected 1", "expected 2", "another")
    assert log.matched == 2
    assert [record.message for record in caplog.records] == ["another"]


def test_it_matches_from_the_start_after_formatting():
    with ExpectLog(logger.name, r"value \d+$"):
        logger.warning("value %d", 5)
    with pytest.raises(Exception, match="did not get expected log message: 'alue'"):
        expect("alue", "value")
    assert expect(re.compile("VALUE", re.IGNORECASE), "value").matched == 1


def test_not_required():
    assert expect("expected", required=False).matched == 0


def test_stack():
    with ExpectLog(logger, "expected", required=False) as log:
        try:
            raise KeyError(1)
        except KeyError:
            logger.exception("another")
    assert log.logged_stack
    assert not expect("expected", "expected").logged_stack


def test_the_blocks_own_exception_comes_first():
    with pytest.raises(KeyError), ExpectLog(logger, "expected"):
        raise KeyError(1)
    assert not logger.filters


class TestLevel:
    def test_it_is_enabled_in_the_block(self):
        logger.setLevel(logging.ERROR)
        try:
            log = expect("expected", "expected", level=logging.INFO, log_level=logging.INFO)
            assert log.matched == 1
            assert logger.level == logging.ERROR
        finally:
            logger.setLevel(logging.NOTSET)

    def test_another_level_does_not_count(self, caplog):
        with pytest.raises(Exception, match="did not get"):
            expect("expected", "expected", level=logging.INFO, log_level=logging.WARNING)
        assert "at unexpected level (INFO vs WARNING)" in caplog.text

    def test_low_levels_ask_for_it(self, caplog):
        caplog.set_level(logging.DEBUG)
        with pytest.warns(DeprecationWarning, match="give the level"):
            log = expect("expected", "expected", log_level=logging.INFO)
        assert log.deprecated_level_matched == 1
