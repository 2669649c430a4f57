"""The password of a shared page, as it is kept: what scrypt makes of it, never its words."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import unicodedata

from rag.errors import UsageError

# Characters. Tried once a minute from each of a thousand addresses, as the page allows, a random
# one of twelve letters lasts millions of years.
SHORTEST = 12
# Percival 2009, RFC 7914: cost 2^15, blocks of 8, three in parallel, which is 32 MB and a quarter
# of a second; OWASP's Password Storage Cheat Sheet holds it equal to its other choices.
_COST, _BLOCK, _PARALLEL = 2**15, 8, 3
_MEMORY = 2 * 128 * _COST * _BLOCK
_KIND = "scrypt-15-8-3"
_SALT, _KEY = 16, 32  # bytes


def hash_password(password: str) -> str:
    """Return what ``SOURCIER_PASSWORD`` holds for a password, other each time.

    Raises
    ------
    UsageError
        When it has less than ``SHORTEST`` characters.
    """
    if len(password) < SHORTEST:
        raise UsageError(
            f"Ce mot de passe a moins de {SHORTEST} caractères.",
            todo="Prenez-en un plus long, par exemple quatre mots sans rapport.",
        )
    salt = secrets.token_bytes(_SALT)
    return ":".join((_KIND, _write(salt), _write(_derive(password, salt))))


def is_hash(text: str) -> bool:
    """Whether a text is what ``hash_password`` returns."""
    try:
        kind, salt, key = text.split(":")
        return kind == _KIND and (len(_read(salt)), len(_read(key))) == (_SALT, _KEY)
    except (ValueError, binascii.Error):
        return False


def check_password(password: str, hashed: str) -> bool:
    """Whether a password is the one that was hashed; takes as long when it is not."""
    _, salt, key = hashed.split(":")
    return hmac.compare_digest(_derive(password, _read(salt)), _read(key))


def _derive(password: str, salt: bytes) -> bytes:
    # Keyboards compose accents or not.
    words = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
    return hashlib.scrypt(
        words, salt=salt, n=_COST, r=_BLOCK, p=_PARALLEL, maxmem=_MEMORY, dklen=_KEY
    )


def _write(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _read(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
