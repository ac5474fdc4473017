"""Tokens that must never be believed, each wrong in one way."""

import base64
import json
import time
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.integration.app.serving import SECRET
from tokentape.access.tokens import sign

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def unsigned(claims: dict[str, Any], header: dict[str, Any]) -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()) for part in (header, claims))
    return b".".join(part.rstrip(b"=") for part in parts).decode() + "."


BAD_TOKENS: dict[str, str] = {
    "no token": "nonsense",
    "bad signature": sign(SECRET, "alice", 60, {})[:-4] + "AAAA",
    "wrong key": sign("another-secret-of-thirty-two-bytes!!", "alice", 60, {}),
    "expired": sign(SECRET, "alice", -5, {}),
    "alg none": unsigned({"sub": "alice"}, {"alg": "none", "typ": "JWT"}),
    "wrong algorithm": jwt.encode({"sub": "alice"}, SECRET * 2, algorithm="HS384"),
    "a key that we don't hold": jwt.encode({"sub": "alice"}, KEY, algorithm="RS256"),
    "without a user": jwt.encode({"exp": time.time() + 60}, SECRET, algorithm="HS256"),
    "user of a wrong type": jwt.encode({"sub": 7}, SECRET, algorithm="HS256"),
    "claim of a wrong type": jwt.encode({"sub": "a", "name": 7}, SECRET, algorithm="HS256"),
    "expiry of a wrong type": jwt.encode({"sub": "a", "exp": "soon"}, SECRET, algorithm="HS256"),
    "endless": "a" * 9_000,
}
