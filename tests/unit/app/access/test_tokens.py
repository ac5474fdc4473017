"""Tokens: what is accepted, and that nothing else is."""

import base64
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tokentape.access.tokens import Identity, Tokens, sign
from tokentape.errors import CallerFault
from tokentape.settings import Settings

SECRET = "a-secret-of-thirty-two-bytes-or-more"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC = (
    KEY.public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)


def tokens(**given: Any) -> Tokens:
    return Tokens(Settings(**given))


def unsigned(claims: dict[str, Any], header: dict[str, Any]) -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()) for part in (header, claims))
    return b".".join(part.rstrip(b"=") for part in parts).decode() + "."


def test_signed_token_is_read_with_its_claims() -> None:
    token = sign(SECRET, "alice", 60, {"name": "Alice", "clearance": "internal"})
    found = tokens(jwt_secret=SECRET).read(token)
    assert found == Identity("alice", name="Alice", clearance="internal", expires_s=found.expires_s)
    assert found.expires_s is not None
    assert found.expires_s == jwt.decode(token, SECRET, algorithms=["HS256"])["exp"]


def test_rs256_token_is_read_with_the_public_key() -> None:
    token = jwt.encode({"sub": "alice"}, KEY, algorithm="RS256")
    assert tokens(jwt_public_key=PUBLIC).read(token).sub == "alice"


BAD: dict[str, Any] = {
    "empty": "",
    "no string": 7,
    "no token": "not.a.token",
    "another key": sign("another-secret-of-thirty-two-bytes!!", "alice", 60, {}),
    "expired": sign(SECRET, "alice", -5, {}),
    "alg none": unsigned({"sub": "alice"}, {"alg": "none", "typ": "JWT"}),
    "alg missing": unsigned({"sub": "alice"}, {"typ": "JWT"}),
    "alg not a string": unsigned({"sub": "alice"}, {"alg": ["HS256"]}),
    "no sub": jwt.encode({"exp": time.time() + 86_400}, SECRET, algorithm="HS256"),
    "sub no string": jwt.encode({"sub": ["alice"]}, SECRET, algorithm="HS256"),
    "empty sub": jwt.encode({"sub": ""}, SECRET, algorithm="HS256"),
    "name no string": jwt.encode({"sub": "alice", "name": 7}, SECRET, algorithm="HS256"),
    "not yet": jwt.encode({"sub": "alice", "nbf": time.time() + 86_400}, SECRET, algorithm="HS256"),
    "HS384": jwt.encode({"sub": "alice"}, SECRET * 2, algorithm="HS384"),
    "RS256 without a key": jwt.encode({"sub": "alice"}, KEY, algorithm="RS256"),
    "endless": "a" * 10_000,
}


@pytest.mark.parametrize("bad", BAD)
def test_bad_token_is_unauthorized(bad: str) -> None:
    with pytest.raises(CallerFault) as refused:
        tokens(jwt_secret=SECRET).read(BAD[bad])
    assert refused.value.code == "UNAUTHORIZED"


def test_public_key_is_never_taken_for_a_shared_secret() -> None:
    header = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').rstrip(b"=")
    body = base64.urlsafe_b64encode(b'{"sub":"alice"}').rstrip(b"=")
    import hashlib
    import hmac

    mac = hmac.new(PUBLIC.encode(), header + b"." + body, hashlib.sha256).digest()
    forged = b".".join([header, body, base64.urlsafe_b64encode(mac).rstrip(b"=")]).decode()
    for settings in ({"jwt_public_key": PUBLIC}, {"jwt_public_key": PUBLIC, "jwt_secret": SECRET}):
        with pytest.raises(CallerFault):
            tokens(**settings).read(forged)


@pytest.mark.parametrize("header", ["Token x", "Bearer", "Bearer ", "bearer a b", "x"])
def test_authorization_that_is_no_good_bearer_is_refused(header: str) -> None:
    with pytest.raises(CallerFault):
        tokens(jwt_secret=SECRET).read_bearer(header)


def test_no_authorization_is_nobody() -> None:
    assert tokens(jwt_secret=SECRET).read_bearer(None) is None


def test_what_was_read_of_a_token_expires_with_it() -> None:
    ours = Tokens(Settings(jwt_secret=SECRET), clock=lambda: 60.0)
    for lasting in (Identity("alice", expires_s=60.1), Identity("alice"), None):
        ours.check(lasting)
    with pytest.raises(CallerFault) as refused:
        ours.check(Identity("alice", expires_s=60.0))
    assert refused.value.code == "UNAUTHORIZED"
