"""Passwords of practice accounts, kept as salted scrypt hashes. Small n: this guards nothing but a practice room."""

from __future__ import annotations

import hashlib
import hmac
from random import Random


def hashed(password: str, chance: Random) -> str:
    salt = chance.getrandbits(128).to_bytes(16, "big")
    return f"{salt.hex()}${_scrypt(password, salt)}"


def fits(password: str, kept: str) -> bool:
    salt, _, wanted = kept.partition("$")
    return bool(wanted) and hmac.compare_digest(_scrypt(password, bytes.fromhex(salt)), wanted)


def _scrypt(password: str, salt: bytes) -> str:
    return hashlib.scrypt(password.encode("utf-8", "replace"), salt=salt, n=2**10, r=8, p=1, dklen=32).hex()
