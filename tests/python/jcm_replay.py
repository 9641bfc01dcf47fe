#!/usr/bin/env python3
"""A third replay of the JCM registry's log, for auditors.

Written from docs/spec (commands.md, entry.md, log-file.md, tlog.md, keys.md) and from
nothing of the registry's code, with Python's standard library alone (3.9 or later).

    jcm_replay.py LOG                    replay a log, print what it comes to
    jcm_replay.py --dump-state LOG       print the lines under the state digest
    jcm_replay.py --signatures N LOG     verify the commands' signatures of every N-th
                                         entry only (1: of all, as without it; 0: of none)

LOG is an export file, a first segment, a folder of segments, or a data folder with
`log/` in it.

Checked, besides all that jcm_decode.py checks: the signature of every frame's
checkpoint; the signatures of commands, under keys that count at that entry; that each
entry names the rules in force; that what the effects do is possible. No unit is moved
by whom does not hold it, issued twice, reserved twice or first transferred twice; all
units issued are held by somebody; no authorisation is used beyond its quantity; no yen
is spent twice; no more is confirmed than was booked; closed books state the sums of
their year.

Not checked: whether a command was permitted, that is, roles, the number of persons
that must sign, dates, limits, and whether the effects are those that the command
asked for. That is re-judged by jcm-verify.

Exit status: 0 when all is well, 1 when the log has a fault, 2 for a wrong call.
"""

import argparse
import os
import sys

import ed25519_strict
import jcm_decode
from jcm_decode import EFFECT, Fault, require, show_time
from jcm_digest import digest_lines, state_digest
from jcm_state import State

COMMAND_TYPE = b"application/vnd.jcm-registry.command.v1+protobuf"


def authenticated(payload):
    """What the signatures of a command cover (keys.md, 3)."""
    return b"DSSEv1 %d %s %d %s" % (len(COMMAND_TYPE), COMMAND_TYPE, len(payload), payload)


def verified(key, message, signature):
    fault, point = ed25519_strict.admit(key)
    require(fault is None, "a key is not admitted: %s" % fault)
    return ed25519_strict.verify(point, key, message, signature)


class Replay(jcm_decode.Log):
    """A log that is read, verified and applied entry by entry."""

    def __init__(self, every):
        super().__init__(self.replay)
        self.every = every
        self.state = State()
        self.log_key = None
        self.signatures = 0

    def read_file(self, data):
        try:
            super().read_file(data)
        except Fault as fault:
            # A frame that cannot be read holds the entry that should come next.
            fault.entry = self.tree.size if fault.entry is None else fault.entry
            raise

    def replay(self, entry, leaf, header):
        event = [EFFECT.json(effect) for effect in entry["event"]]
        state = self.state
        if entry["index"] == 0:
            self.log_key = entry["event"][0][1]["log_key"]
        else:
            in_force = state.rules["version"]
            require(entry["rule_set"] == in_force, "an entry names other rules than those in force")
        self.check_keys(entry, event)
        if self.every and entry["index"] % self.every == 0:
            self.check_signatures(entry["command"])
        try:
            state.apply(entry["index"], show_time(entry["time"])[:10], event)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Fault("an effect cannot be applied: %r" % error) from None

    def check_keys(self, entry, event):
        """Every key counts, or is that of somebody who applied or applies here for an account."""
        own = {held.get("representative") for effect in event for held in effect.values()
               if "fee" in held}
        if entry["index"] == 0:
            own = {held["key"] for effect in event for held in effect.values() if "key" in held}
        for application in self.state.applications.values():
            if application["kind"] == "account" and application["status"] == "open":
                own.add(application["key"])
        for signature in entry["command"]["signatures"]:
            key = signature["key"].hex()
            require(key in own or self.state.key_counts(key), "a command's key does not count")

    def check_signatures(self, command):
        message = authenticated(command["payload"])
        for signature in command["signatures"]:
            good = verified(signature["key"], message, signature["signature"])
            require(good, "a command's signature does not verify")
            self.signatures += 1

    def read_checkpoint(self, note):
        super().read_checkpoint(note)
        text, _, _ = note.rpartition(b"\n\n")
        for name, key_id, signature in jcm_decode.decode_checkpoint(note)[3]:
            if name == self.origin and key_id == self.key_id:
                good = len(signature) == 64 and verified(self.log_key, text + b"\n", signature)
                require(good, "a checkpoint's signature does not verify")
        self.state.conserved()


def replay(path, every):
    """The log at `path`, replayed to its end."""
    log = Replay(every)
    inner = os.path.join(path, "log")
    jcm_decode.read_into(log, inner if os.path.isdir(inner) else path)
    return log


def show(path, every, dump):
    """Prints what a log comes to, and tells whether it is without fault."""
    try:
        log = replay(path, every)
    except Fault as fault:
        place = {"entry": fault.entry, "file": fault.file, "offset": fault.offset}
        told = ", ".join("%s %s" % item for item in place.items() if item[1] is not None)
        print("fault: %s (%s)" % (fault.what, told or path))
        return False
    lines = list(digest_lines(log.state))
    if dump:
        print("\n".join(lines))
    else:
        print("entries %d in %d frames" % (log.tree.size, log.frames))
        print("command signatures verified %d" % log.signatures)
        print("root %s" % log.tree.root().hex())
        print("state digest %s" % state_digest(lines))
    return True


def main():
    parser = argparse.ArgumentParser(description="A third replay of the JCM registry's log.")
    parser.add_argument("--dump-state", action="store_true", help="print the state's lines instead")
    parser.add_argument("--signatures", type=int, default=1, metavar="N",
                        help="verify the command signatures of every N-th entry; 0: of none")
    parser.add_argument("log", help="export file, first segment, folder of segments, data folder")
    call = parser.parse_args()
    if call.signatures < 0:
        parser.error("--signatures is a number from 0")
    sys.stdout.reconfigure(encoding="utf-8")
    try:
        return 0 if show(call.log, call.signatures, call.dump_state) else 1
    except OSError as error:
        print("cannot read: %s" % error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
