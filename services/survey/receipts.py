"""Receipts and pseudonyms: what lets a person take an answer back without anybody knowing whose it is."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping

from services.survey.submissions import Given
from shared.errors import Invalid

# Crockford's base 32: no letter that looks like a digit, so that a code can be read out over the phone.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ALIKE = str.maketrans({"I": "1", "L": "1", "O": "0", "U": "V"})
_SYMBOLS = 16
_MARK_SYMBOLS = 12
PURPOSE = "answers"  # what the key for receipts and pseudonyms is derived for
_NONCE = re.compile(r"[A-Za-z0-9._~-]{16,128}")
_ORGANISATION_LENGTHS = range(3, 81)


def receipt_code(secret: bytes, round_code: str, nonce: str) -> str:
    """The receipt of the answer given with this nonce: 80 bits, as `K7QF-2M9X-0TBR-H4WD`.

    It is derived, not stored: the same nonce shows the same receipt again, and the database cannot tell it.

    Raises:
        Invalid: the nonce is too short to be unguessable, or holds other characters.
    """
    if not _NONCE.fullmatch(nonce):
        raise Invalid(
            "nonce_not_usable",
            "The idempotency key must be 16 to 128 letters, digits or the signs . _ ~ - "
            "and hard to guess, such as a UUID.",
        )
    return _spelled(_keyed(secret, "receipt", round_code, nonce), _SYMBOLS)


def receipt_hash(code: str) -> str:
    """What is stored of a receipt, however it was typed.

    Raises:
        Invalid: it cannot be a receipt.
    """
    plain = re.sub(r"[\s-]", "", code.upper()).translate(_ALIKE)
    if len(plain) != _SYMBOLS or any(symbol not in _ALPHABET for symbol in plain):
        raise Invalid(
            "not_a_receipt",
            "This is not a receipt code. It has 16 letters and digits, in four groups of four.",
        )
    return hashlib.sha256(plain.encode()).hexdigest()


def organisation_key(secret: bytes, token: str) -> str:
    """The pseudonym under which the answers of one organisation are kept: 32 hex digits.

    Raises:
        Invalid: the token is not an organisation code.
    """
    plain = re.sub(r"[\s-]", "", token.upper())
    if len(plain) not in _ORGANISATION_LENGTHS or not plain.isalnum():
        raise Invalid(
            "not_an_organisation_code",
            "An organisation code has 3 to 80 letters and digits. Leave it out if you have none.",
        )
    return _keyed(secret, "organisation", plain).hex()[:32]


def survey_mark(secret: bytes, organisation: str) -> str:
    """What an organisation may give its coach instead of its code: 60 bits, as `K7QF-2M9X-0TBR`.

    It is shorter than a receipt, so that nobody gives a receipt away for it.
    """
    return _spelled(_keyed(secret, "mark", organisation), _MARK_SYMBOLS)


def content_hash(secret: bytes, given: Given, organisation: str | None) -> str:
    """Tells a repeated answer from another one under the same nonce; keyed, so it cannot be tried out."""
    content: Mapping[str, object] = {
        "segment": given.segment,
        "values": given.values,
        "opens": given.opens,
        "organisation": organisation,
    }
    return _keyed(secret, "content", json.dumps(content, sort_keys=True)).hex()[:32]


def _spelled(digest: bytes, length: int) -> str:
    bits = int.from_bytes(digest[:10])
    symbols = [_ALPHABET[(bits >> 5 * place) & 31] for place in range(length)]
    return "-".join("".join(symbols[at : at + 4]) for at in range(0, length, 4))


def _keyed(secret: bytes, *parts: str) -> bytes:
    return hmac.new(secret, "\0".join(parts).encode(), hashlib.sha256).digest()
