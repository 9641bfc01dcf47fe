"""Checks a receipt without the registry: the entry's hash, its place in the tree,
and the signature on the checkpoint (docs/spec/tlog.md). Needs the published log
key and nothing else; there is no network and no generated code in this file."""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from signing import COMMAND, pae, verifies

U64_MAX = 2**64 - 1


class Refused(Exception):
    """Why something is not believed."""


def refuse_unless(condition, why):
    if not condition:
        raise Refused(why)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


# One content has one spelling: what was read is written again and compared.


def read_base64(text, what):
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Refused(f"{what} is not base64") from None
    refuse_unless(base64.b64encode(data).decode() == text, f"{what} is not spelled canonically")
    return data


def read_decimal(text, what):
    refuse_unless(re.fullmatch("0|[1-9][0-9]{0,19}", text), f"{what} is not a number")
    refuse_unless(int(text) <= U64_MAX, f"{what} is too large")
    return int(text)


def read_hash(text, what):
    data = read_base64(text, what)
    refuse_unless(len(data) == 32, f"{what} does not have 32 bytes")
    return data


# Section 2: the log's key, and notes that it signed.


@dataclass(frozen=True)
class LogKey:
    name: str
    id: bytes
    public: bytes

    @staticmethod
    def parse(vkey):
        name, _, rest = vkey.partition("+")
        key_id, _, encoded = rest.partition("+")
        data = read_base64(encoded, "the log key")
        refuse_unless(len(data) == 33 and data[0] == 1, "the log key is not a plain Ed25519 key")
        computed = sha256(name.encode(), b"\n", data)[:4]
        refuse_unless(name and key_id == computed.hex(), "the log key's ID is not its own")
        return LogKey(name, computed, data[1:])


def open_note(note, key):
    """The text of a note that `key` signed. Nothing in it counts before."""
    refuse_unless(len(note) <= 262_144, "the note is too long")
    try:
        decoded = note.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("the note is not UTF-8") from None
    refuse_unless(not re.search("[\x00-\x09\x0b-\x1f]", decoded), "the note has a control character")
    head, separator, tail = decoded.rpartition("\n\n")
    refuse_unless(separator and tail.endswith("\n"), "the note has no signature lines")
    text, lines = head + "\n", tail[:-1].split("\n")
    refuse_unless(len(lines) <= 64, "the note has too many signature lines")
    signed = False
    for line in lines:
        dash, _, rest = line.partition(" ")
        name, space, encoded = rest.partition(" ")
        well_formed = dash == "\u2014" and space and name and "+" not in name
        refuse_unless(well_formed and not any(map(str.isspace, name)), "a signature line is malformed")
        data = read_base64(encoded, "a signature")
        refuse_unless(len(data) >= 5, "a signature is too short")
        if name != key.name or data[:4] != key.id:
            continue  # by somebody whom this reader does not know
        good = verifies(key.public, data[4:], text.encode())
        refuse_unless(good, "the log's signature on the checkpoint does not verify")
        signed = True
    refuse_unless(signed, "the log's key did not sign the checkpoint")
    return text


# Section 3: checkpoints.


@dataclass(frozen=True)
class Checkpoint:
    origin: str
    size: int
    root: bytes


def read_checkpoint(note, key):
    lines = open_note(note, key).split("\n")
    refuse_unless(len(lines) == 4 and lines[3] == "", "the checkpoint does not have three lines")
    refuse_unless(lines[0] == key.name, "the checkpoint is of another log")
    size = read_decimal(lines[1], "the checkpoint's size")
    root = read_hash(lines[2], "the checkpoint's root")
    refuse_unless(size != 0 or root == sha256(), "an empty log has another root")
    return Checkpoint(lines[0], size, root)


# Section 1: the tree.


def leaf_hash(entry):
    return sha256(b"\x00", entry)


def node_hash(left, right):
    return sha256(b"\x01", left, right)


def verify_inclusion(leaf, index, size, hashes, root):
    refuse_unless(len(hashes) <= 64 and index < size, "the log does not have so many entries")
    f, s, h = index, size - 1, leaf
    for p in hashes:
        refuse_unless(s != 0, "the proof is too long")
        if f % 2 == 1 or f == s:
            h = node_hash(p, h)
            while f % 2 == 0 and f != 0:
                f, s = f // 2, s // 2
        else:
            h = node_hash(h, p)
        f, s = f // 2, s // 2
    refuse_unless(s == 0 and h == root, "the entry is not in the tree at this place")


def verify_consistency(old, new, hashes):
    """That the log of the checkpoint `new` begins with that of `old`."""
    m, n = old.size, new.size
    refuse_unless(len(hashes) <= 64 and m <= n, "the log is shorter than it was")
    if m == 0 or m == n:
        same = not hashes and (m == 0 or old.root == new.root)
        refuse_unless(same, "one size has two roots")
        return
    refuse_unless(hashes, "the proof is empty")
    if m & (m - 1) == 0:
        hashes = [old.root, *hashes]
    f, s = m - 1, n - 1
    while f % 2 == 1:
        f, s = f // 2, s // 2
    x = y = hashes[0]
    for p in hashes[1:]:
        refuse_unless(s != 0, "the proof is too long")
        if f % 2 == 1 or f == s:
            x, y = node_hash(p, x), node_hash(p, y)
            while f % 2 == 0 and f != 0:
                f, s = f // 2, s // 2
        else:
            y = node_hash(y, p)
        f, s = f // 2, s // 2
    refuse_unless(s == 0 and (x, y) == (old.root, new.root), "the log does not go on from what it was")


# docs/spec/entry.md: the bytes of an entry.


class Reader:
    """Reads the encoding of entry.md, section 1, in its one spelling."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        refuse_unless(count <= len(self.data) - self.at, "the entry ends early")
        self.at += count
        return self.data[self.at - count : self.at]

    def varint(self):
        first = self.take(1)[0]
        if first < 251:
            return first
        refuse_unless(first <= 253, "a number is malformed")
        width = {251: 2, 252: 4, 253: 8}[first]
        value = int.from_bytes(self.take(width), "little")
        shortest = {2: 251, 4: 2**16, 8: 2**32}[width] <= value
        refuse_unless(shortest, "a number is longer than it needs to be")
        return value

    def byte_string(self):
        return self.take(self.varint())

    def rest(self):
        return self.take(len(self.data) - self.at)


@dataclass(frozen=True)
class Entry:
    index: int
    time_ms: int
    rule_set: int
    payload: bytes  # the command, as it was signed
    signers: tuple  # public keys
    event: bytes  # what it did


def read_entry(data):
    """Decodes an entry up to its event, and verifies the command's signatures."""
    refuse_unless(len(data) <= 65_535, "the entry is too long")
    reader = Reader(data)
    refuse_unless(reader.take(1) == b"\x01", "the entry is of another version")
    index = reader.varint()
    reader.take(32)  # the leaf hash of the entry before
    time_ms, rule_set = reader.varint(), reader.varint()
    payload = reader.byte_string()
    count = reader.varint()
    refuse_unless(1 <= count <= 8, "the command does not have 1 to 8 signatures")
    signers = []
    for _ in range(count):
        public, signature = reader.take(32), reader.take(64)
        refuse_unless(public not in signers, "a key signed the command twice")
        good = verifies(public, signature, pae(COMMAND, payload))
        refuse_unless(good, "a signature on the command does not verify")
        signers.append(public)
    return Entry(index, time_ms, rule_set, payload, tuple(signers), reader.rest())


def effect_digest(rule_set, event):
    """What `Command.effect_digest` pins (docs/spec/commands.md)."""
    return sha256(b"jcm-effect/v1\n", rule_set.to_bytes(4, "big"), event)


# Section 5: the proof file.


@dataclass(frozen=True)
class Receipt:
    entry: Entry
    checkpoint: Checkpoint
    note: bytes  # the checkpoint as it was signed


def check_receipt(data, key):
    """What a receipt proves; raises `Refused` if it proves nothing."""
    refuse_unless(len(data) <= 360_448, "the receipt is too long")
    head, separator, note = data.partition(b"\n\n")
    refuse_unless(separator, "the receipt has no checkpoint")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise Refused("the receipt is not a proof file") from None
    refuse_unless(lines[0] == "c2sp.org/tlog-proof@v1", "the receipt is not a proof file")
    has_entry = len(lines) >= 3 and lines[1].startswith("extra ") and lines[2].startswith("index ")
    refuse_unless(has_entry, "the receipt does not carry its entry")
    bytes_of_entry = read_base64(lines[1][6:], "the entry")
    index = read_decimal(lines[2][6:], "the index")
    refuse_unless(len(lines) - 3 <= 64, "the proof is too long")
    hashes = [read_hash(line, "a hash of the proof") for line in lines[3:]]

    checkpoint = read_checkpoint(note, key)
    verify_inclusion(leaf_hash(bytes_of_entry), index, checkpoint.size, hashes, checkpoint.root)
    entry = read_entry(bytes_of_entry)
    refuse_unless(entry.index == index, "the entry has another number")
    return Receipt(entry, checkpoint, note)
