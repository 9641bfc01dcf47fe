"""Ed25519 keys, and what is signed with them (docs/spec/keys.md)."""

import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

COMMAND = "application/vnd.jcm-registry.command.v1+protobuf"
CALLER = "application/vnd.jcm-registry.caller.v1+protobuf"

# The one point of small order that an honest key's signature could name as R.
_IDENTITY = bytes([1]) + bytes(31)


def pae(payload_type, payload):
    """The bytes that a signature covers: DSSE v1's pre-authentication encoding."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def verifies(public_key, signature, message):
    """Whether a signature is good. Stock Ed25519 checks S and compares R; that R
    is not of small order is what keys.md, section 2, asks for besides."""
    if len(public_key) != 32 or len(signature) != 64 or signature[:32] == _IDENTITY:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


class Key:
    """A private key: PKCS#8 in PEM, as `openssl genpkey -algorithm ed25519` writes it."""

    def __init__(self, private):
        if not isinstance(private, Ed25519PrivateKey):
            raise ValueError("the file does not hold an Ed25519 key")
        self._private = private
        self.public = private.public_key().public_bytes_raw()

    @staticmethod
    def load(path, passphrase=None):
        pem = Path(path).read_bytes()
        return Key(load_pem_private_key(pem, passphrase.encode() if passphrase else None))

    @staticmethod
    def create(path):
        """Makes a key and writes it to a new file that its owner alone may read."""
        private = Ed25519PrivateKey.generate()
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
        return Key(private)

    def sign(self, payload_type, payload):
        return self._private.sign(pae(payload_type, payload))
