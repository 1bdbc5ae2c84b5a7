"""Receipts and pseudonyms."""

from __future__ import annotations

import re

import pytest

from services.survey.receipts import content_hash, organisation_key, receipt_code, receipt_hash
from services.survey.submissions import read_answer
from shared.errors import Invalid
from tests.survey.asked import KEY, form, raw

NONCE = "0123456789abcdef"


def test_the_same_nonce_shows_the_same_receipt_and_others_do_not() -> None:
    receipt = receipt_code(KEY, "r1", NONCE)
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", receipt)
    assert receipt == receipt_code(KEY, "r1", NONCE)
    others = {
        receipt_code(KEY, "r2", NONCE),
        receipt_code(KEY, "r1", NONCE + "0"),
        receipt_code(b"x", "r1", NONCE),
    }
    assert receipt not in others
    assert len(others) == 3


def test_a_receipt_is_known_however_it_is_typed() -> None:
    receipt = receipt_code(KEY, "r1", NONCE)
    typed = [receipt.lower(), receipt.replace("-", ""), f" {receipt.replace('-', ' ')} "]
    assert {receipt_hash(way) for way in typed} == {receipt_hash(receipt)}
    assert receipt_hash("0000-1111-VVVV-ABCD") == receipt_hash("oOoO-iILl-uuvv-abcd")
    assert receipt not in receipt_hash(receipt)


@pytest.mark.parametrize("typed", ["", "1234", "?" * 16, "A" * 17, "ÄÄÄÄ-ÄÄÄÄ-ÄÄÄÄ-ÄÄÄÄ"])
def test_what_cannot_be_a_receipt_is_said_to_be_none(typed: str) -> None:
    with pytest.raises(Invalid, match="not a receipt code"):
        receipt_hash(typed)


@pytest.mark.parametrize("nonce", ["", "short", "x" * 129, "0123456789abcde!"])
def test_a_nonce_that_can_be_guessed_is_refused(nonce: str) -> None:
    with pytest.raises(Invalid, match="hard to guess"):
        receipt_code(KEY, "r1", nonce)


def test_an_organisation_has_one_pseudonym_that_does_not_tell_it() -> None:
    key = organisation_key(KEY, "1234567-8")
    assert key == organisation_key(KEY, " 1234 5678 ")
    assert key != organisation_key(KEY, "1234567-9")
    assert key != organisation_key(b"other", "1234567-8")
    assert re.fullmatch(r"[0-9a-f]{32}", key)
    assert organisation_key(KEY, "lappi-7") == organisation_key(KEY, "LAPPI7")


@pytest.mark.parametrize("token", ["", "ab", "x" * 81, "!!!!", "a/b/c"])
def test_what_is_no_organisation_code_is_refused(token: str) -> None:
    with pytest.raises(Invalid, match="organisation code"):
        organisation_key(KEY, token)


def test_another_answer_has_another_content() -> None:
    same = content_hash(KEY, read_answer(form(), raw()), None)
    assert same == content_hash(KEY, read_answer(form(), raw()), None)
    assert same != content_hash(KEY, read_answer(form(), raw(values={"energy": 5})), None)
    assert same != content_hash(KEY, read_answer(form(), raw()), "an organisation")
