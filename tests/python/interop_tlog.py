#!/usr/bin/env python3
"""Reads a folder of checkpoints, tiles and proofs (tests/src/kit.rs) with aics-tlog, a library
that is not ours, and tells in JSON, one value on a line, how many of each kind it accepted,
how many changed copies it refused, and every changed copy that it accepted all the same.

    interop_tlog.py FOLDER

What is not refused and should be, or refused and should not, ends it with status 1.
"""

import json
import sys
from pathlib import Path

from aics_tlog import (
    FileSystemTileReader,
    TileMissingError,
    TileVerificationError,
    VerifiedTileReader,
    audit_tiles,
    consistency_proof_from_tiles,
    inclusion_proof_from_tiles,
    parse_checkpoint,
    parse_note,
    parse_vkey,
    tree_root_from_tiles,
    verify_checkpoint,
    verify_consistency,
    verify_leaf_inclusion,
)
from aics_tlog.note import b64_decode
from aics_tlog.tiles import materialise_tiles

# Every changed byte of trees up to this size is tried; of larger ones a few in each tile.
SMALL = 600

# Which bits of each byte of a text are changed, one at a time: other digits, other case, and
# what is not ASCII. All eight would take a minute more.
BITS = (0, 1, 5, 7)


class Refused(Exception):
    """Not accepted."""


def entry(index):
    """Entry 0 is empty, entry i is "record i"."""
    return b"record %d" % index if index else b""


def numbers(name):
    """The numbers in a name such as proofs/3-600.consistency."""
    first, second = Path(name).name.split(".")[0].split("-")
    return int(first), int(second)


class Kit:
    """The folder, the two keys that its notes must carry signatures of, and what was believed."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.log = parse_vkey((self.folder / "log.vkey").read_text().rstrip("\n"))
        self.witness = parse_vkey((self.folder / "witness.vkey").read_text().rstrip("\n"))
        self.sizes = sorted(int(path.name) for path in (self.folder / "checkpoints").iterdir())
        self.opened = {}
        self.accepted = {}
        self.refused = {}
        self.rebuilt = []

    def open(self, text):
        """The checkpoint of a note, once log and witness are found to have signed it."""
        if text not in self.opened:
            try:
                self.opened[text] = self.open_anew(text)
            except ValueError as error:
                self.opened[text] = Refused(str(error))
        if isinstance(self.opened[text], Refused):
            raise self.opened[text]
        return self.opened[text]

    def open_anew(self, text):
        note = parse_note(text)
        judged = verify_checkpoint(
            note, self.log, [self.witness], 1, expected_origin=self.log.name
        )
        if not judged.ok:
            raise ValueError(judged.error)
        checkpoint = parse_checkpoint(note.text)
        if checkpoint.extension_lines:
            raise ValueError("extension lines")
        return checkpoint

    def tree(self, size):
        return self.open((self.folder / "checkpoints" / str(size)).read_bytes())

    def checkpoint(self, name, text):
        if str(self.open(text).size) != Path(name).name:
            raise Refused("another size")

    def proof(self, name, text):
        extra, index, size = self.included_of(name, text)
        self.included(extra is None, index, size, entry(index))

    def receipt(self, name, text):
        extra, index, size = self.included_of(name, text)
        self.included(extra is not None, index, size, extra or b"")

    def included_of(self, name, text):
        """What a tlog-proof says; its hashes and checkpoint are kept for `included`."""
        index, size = numbers(name)
        head, separator, note = text.partition(b"\n\n")
        lines = head.split(b"\n")
        if not separator or lines.pop(0) != b"c2sp.org/tlog-proof@v1":
            raise Refused("not a tlog-proof")
        extra = None
        if lines and lines[0].startswith(b"extra "):
            extra = decoded(lines.pop(0).removeprefix(b"extra "))
        if not lines or lines.pop(0) != b"index %d" % index:
            raise Refused("another index")
        self.hashes = [hash_of(line) for line in lines]
        self.claimed = self.open(note)
        return extra, index, size

    def included(self, is_formed, index, size, leaf):
        if not is_formed or self.claimed.size != size:
            raise Refused("another form or size")
        if not verify_leaf_inclusion(leaf, index, size, self.hashes, self.claimed.root):
            raise Refused("not included")

    def consistency(self, name, text):
        old, new = (self.tree(size) for size in numbers(name))
        if text and not text.endswith(b"\n"):
            raise Refused("the last line does not end")
        hashes = [hash_of(line) for line in text.split(b"\n")[:-1]]
        if not verify_consistency(old.size, new.size, old.root, new.root, hashes):
            raise Refused("not consistent")

    def each(self, pattern, kind, accept):
        """Accepts each file of a pattern, and refuses it with one bit changed."""
        for path in sorted(self.folder.glob(pattern)):
            name, good = str(path.relative_to(self.folder)), path.read_bytes()
            accept(name, good)
            count(self.accepted, kind)
            for at in range(len(good)):
                for bit in BITS:
                    changed = bytearray(good)
                    changed[at] ^= 1 << bit
                    self.try_changed(kind, name, at, 1 << bit, lambda: accept(name, bytes(changed)))

    def try_changed(self, kind, name, at, mask, accept):
        try:
            accept()
        except (Refused, TileMissingError, TileVerificationError):
            count(self.refused, kind)
        else:
            print(json.dumps({"lax": name, "at": at, "mask": mask}))

    def tiles(self, size):
        """The tiles of a size are those that the library makes of the entries, each of them is
        proved by the checkpoint, and none is with a changed byte."""
        tree = self.tree(size)
        made = materialise_tiles([entry(index) for index in range(size)])
        stored = Changed(self.folder)
        for path, content in made.items():
            if stored.plain(path) != content:
                sys.exit(f"{path} is another tile")
        audit_tiles(stored, size, tree.root)
        if tree_root_from_tiles(stored, size) != tree.root:
            sys.exit(f"another root of {size}")
        self.rebuilt.append(size)
        for path, content in made.items():
            kind = "bundle" if path.startswith("tile/entries/") else "tile"
            count(self.accepted, kind)
            for at in places(size, path, len(content)):
                mask = 1 << (at % 8)
                changed = Changed(self.folder, path, at, mask)
                read = lambda: self.prove(changed, tree, path)
                self.try_changed(kind, path, at, mask, read)

    def prove(self, reader, tree, path):
        """Has the library read one tile, which it authenticates by the root of the tree."""
        proved = VerifiedTileReader(reader, tree.size, tree.root)
        parts = path.removeprefix("tile/").split("/")
        width = int(parts.pop()) if parts[-2].endswith(".p") else None
        groups = [group.removeprefix("x").removesuffix(".p") for group in parts[1:]]
        index = int("".join(groups))
        if parts[0] == "entries":
            proved.read_entry_bundle(index, width)
        else:
            proved.read_tile(int(parts[0]), index, width)

    def proofs_from_tiles(self):
        """The library makes of our tiles the proofs that we made."""
        reader = FileSystemTileReader(self.folder)
        for path in sorted(self.folder.glob("proofs/*.tlog-proof")):
            index, size = numbers(path.name)
            self.proof(path.name, path.read_bytes())
            if inclusion_proof_from_tiles(reader, index, size) != self.hashes:
                sys.exit(f"another proof than {path.name}")
            count(self.accepted, "inclusion from tiles")
        for path in sorted(self.folder.glob("proofs/*.consistency")):
            old, new = numbers(path.name)
            ours = [hash_of(line) for line in path.read_bytes().split(b"\n")[:-1]]
            if consistency_proof_from_tiles(reader, old, new) != ours:
                sys.exit(f"another proof than {path.name}")
            count(self.accepted, "consistency from tiles")


class Changed(FileSystemTileReader):
    """The tiles of a folder, one of which may be read with a changed bit."""

    kept = {}

    def __init__(self, folder, path=None, at=0, mask=0):
        super().__init__(folder)
        self.folder, self.path, self.at, self.mask = folder, path, at, mask

    def plain(self, path):
        if path not in self.kept:
            try:
                self.kept[path] = (self.folder / path).read_bytes()
            except FileNotFoundError:
                self.kept[path] = None
        return self.kept[path]

    def _read(self, path):
        content = self.plain(path)
        if path == self.path:
            content = bytearray(content)
            content[self.at] ^= self.mask
            content = bytes(content)
        return content


def places(size, path, length):
    """Which bytes of a tile are changed."""
    if size <= SMALL:
        # A tile of 257 leaves costs 256 hashes to refuse; every third byte meets every hash.
        return range(0, length, 3)
    return sorted({0, sum(path.encode()) * 7919 % length, length - 1})


def decoded(text):
    try:
        return b64_decode(text.decode("ascii"))
    except ValueError as error:
        raise Refused(str(error)) from None


def hash_of(line):
    value = decoded(line)
    if len(value) != 32:
        raise Refused("not a hash")
    return value


def count(counts, kind):
    counts[kind] = counts.get(kind, 0) + 1


def main():
    kit = Kit(sys.argv[1])
    for size in kit.sizes:
        kit.tiles(size)
    kit.each("checkpoints/*", "checkpoint", kit.checkpoint)
    kit.each("proofs/*.tlog-proof", "proof", kit.proof)
    kit.each("proofs/*.receipt", "receipt", kit.receipt)
    kit.each("proofs/*.consistency", "consistency", kit.consistency)
    kit.proofs_from_tiles()
    told = {"accepted": kit.accepted, "refused": kit.refused, "rebuilt": kit.rebuilt}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
