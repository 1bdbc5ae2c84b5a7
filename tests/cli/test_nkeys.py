"""Key pairs are those of NATS, and a secret one is written once for its owner alone."""

from __future__ import annotations

import stat
from pathlib import Path

import nkeys
import pytest

from services.campaign.partners import checked_key
from shared.cli.nkeys import keep_seed, make_pair
from shared.errors import Invalid


def test_a_pair_is_what_the_library_of_nats_makes_of_the_seed() -> None:
    seed, public = make_pair()
    assert nkeys.from_seed(bytearray(seed.encode())).public_key.decode() == public
    assert checked_key(public) == public
    assert make_pair()[0] != seed


def test_a_seed_is_readable_for_its_owner_alone_and_never_written_over(tmp_path: Path) -> None:
    place = tmp_path / "kemi.nk"
    keep_seed(place, "SEED")
    assert (place.read_text(), stat.S_IMODE(place.stat().st_mode)) == ("SEED\n", 0o600)
    with pytest.raises(Invalid, match="there already"):
        keep_seed(place, "OTHER")
    with pytest.raises(Invalid, match="cannot be written"):
        keep_seed(tmp_path / "nowhere" / "kemi.nk", "SEED")
