"""The password as it is kept."""

from __future__ import annotations

import unicodedata

import pytest

from rag.errors import UsageError
from rag.passwords import check_password, hash_password, is_hash

PASSWORD = "chèvre pylône tiroir"


def test_only_the_password_is_the_password() -> None:
    kept = hash_password(PASSWORD)
    assert is_hash(kept) and "chèvre" not in kept
    assert check_password(PASSWORD, kept)
    assert not check_password(PASSWORD.upper(), kept)


def test_accents_may_be_composed_or_not() -> None:
    assert check_password(unicodedata.normalize("NFD", PASSWORD), hash_password(PASSWORD))


def test_it_is_kept_otherwise_each_time() -> None:
    assert hash_password(PASSWORD) != hash_password(PASSWORD)


def test_a_short_one_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError, match="moins de 12") as caught:
        hash_password("azerty")
    assert "azerty" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", PASSWORD, "a:b:c", "scrypt-15-8-3:é:é", "scrypt-15-8-3:YQ:YQ"]
)
def test_what_is_no_hash(text: str) -> None:
    assert not is_hash(text)
