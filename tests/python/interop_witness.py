#!/usr/bin/env python3
"""Asks a witness of ours for cosignatures over HTTP, with the client of aics-witness, which is
not ours, and checks what comes back; then asks for what must not be cosigned.

    interop_witness.py FOLDER URL VKEY

FOLDER is written by tests/src/kit.rs, URL and VKEY are the witness's. Tells in one line of
JSON which sizes were cosigned and how each of the others was refused. Status 1 if anything
was cosigned that must not be, or is answered in another way than C2SP tlog-witness has it.
"""

import hashlib
import json
import sys
import urllib.request
from pathlib import Path

from aics_tlog import (
    Checkpoint,
    parse_note,
    parse_vkey,
    sign_checkpoint,
    verify_checkpoint,
)
from aics_tlog.note import b64_decode
from aics_witness.feeder import (
    WitnessAhead,
    WitnessClient,
    WitnessRejected,
    merge_cosignatures,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class Asking:
    """A folder, a witness, and what it answered."""

    def __init__(self, folder, url, vkey):
        self.folder, self.url = Path(folder), url
        self.log = parse_vkey((self.folder / "log.vkey").read_text().rstrip("\n"))
        self.witness = parse_vkey(vkey)
        self.client = WitnessClient(url, self.witness, max_attempts=1)
        self.cosigned, self.refused = [], {}

    def note(self, size):
        """What the log itself signed: the golden witness's line is left out."""
        text = (self.folder / "checkpoints" / str(size)).read_text()
        return "".join(text.splitlines(keepends=True)[:-1])

    def proof(self, old, new):
        text = (self.folder / "proofs" / f"{old}-{new}.consistency").read_text()
        return [b64_decode(line) for line in text.splitlines()]

    def cosign(self, size, old=None):
        lines = self.client.submit(self.note(size), self.proof, old_size=old)
        merged = merge_cosignatures(self.note(size), lines)
        self.expect_cosigned(merged, size)
        self.cosigned.append(size)

    def expect_cosigned(self, note, size):
        judged = verify_checkpoint(
            parse_note(note),
            self.log,
            [self.witness],
            1,
            expected_origin=self.log.name,
            max_age_seconds=600,
        )
        if not judged.ok or judged.size != size:
            sys.exit(f"not a cosigned checkpoint of {size}: {judged.error}")

    def refuse(self, name, status, note, proof, old):
        """The witness answers this status, and no cosignature."""
        try:
            self.client.submit(note, (old, proof), old_size=old)
        except WitnessRejected as refusal:
            if refusal.status != status:
                sys.exit(f"{name}: {refusal.status} in place of {status}")
            self.refused[name] = status
        else:
            sys.exit(f"cosigned: {name}")

    def last(self):
        """What the witness saw last, as it tells anybody."""
        name = hashlib.sha256(self.log.name.encode()).hexdigest()
        with urllib.request.urlopen(f"{self.url}/{name}/checkpoint") as answer:
            return answer.read()


def forked(log, size, name="golden log key"):
    """Another history's checkpoint, signed with the key of the golden values."""
    key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())
    root = hashlib.sha256(b"another history").digest()
    return sign_checkpoint(Checkpoint(log.name, size, root), key, log.name).to_bytes()


def main():
    asking = Asking(*sys.argv[1:])
    sizes = sorted(int(path.name) for path in (asking.folder / "checkpoints").iterdir())
    *before, middle, last = sizes
    for size in [*before, middle]:
        asking.cosign(size)
        asking.expect_cosigned(asking.last(), size)
    asking.cosign(middle, old=middle)
    # A client that knows nothing is told how far the witness is, and goes on from there.
    asking.client.known_sizes.clear()
    asking.cosign(middle)

    proof = asking.proof(middle, last)
    for place in range(len(proof)):
        spoilt = list(proof)
        spoilt[place] = bytes([spoilt[place][0] ^ 1]) + spoilt[place][1:]
        asking.refuse(f"hash {place}", 422, asking.note(last), spoilt, middle)
    asking.refuse("no proof", 422, asking.note(last), [], middle)
    asking.refuse("same size", 422, forked(asking.log, middle), [], middle)
    asking.refuse("fork", 422, forked(asking.log, last), proof, middle)
    asking.refuse("other key", 403, forked(asking.log, last, "no key"), proof, middle)
    other = asking.note(last).replace(asking.log.name, asking.log.name + "x")
    asking.refuse("other log", 404, other, proof, middle)
    try:
        asking.client.submit(asking.note(before[-1]), asking.proof, old_size=before[-1])
    except WitnessAhead as ahead:
        asking.refused["behind"] = 409
        if ahead.known_size != middle:
            sys.exit(f"the witness is at {ahead.known_size}")
    else:
        sys.exit("cosigned: behind")

    asking.expect_cosigned(asking.last(), middle)
    asking.cosign(last, old=middle)
    print(json.dumps({"cosigned": asking.cosigned, "refused": asking.refused}))


if __name__ == "__main__":
    main()
