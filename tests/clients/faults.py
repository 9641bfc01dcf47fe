"""Proofs and commands with one fault each, made with the code of docs/clients/python, and
what becomes of them: the registry's reason, or that the client itself refused.

    faults.py URL LOG_KEY KEY_OF_ACCOUNT_1001 KEY_OF_A_STRANGER"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "docs/clients/python"))

import registry as client
from jcm.registry.v1 import access_pb2, command_pb2, registry_pb2
from receipt import LogKey, Refused, effect_digest
from signing import CALLER, COMMAND, Key

url, log_key, own, stranger = sys.argv[1:]
key, other = Key.load(own), Key.load(stranger)
registry = client.Registry(url, LogKey.parse(log_key), key)
honest = registry.proof


def reason(call):
    try:
        call()
    except client.Failed as failure:
        return failure.reason
    except Refused:
        return "refused"
    return "ACCEPTED"


def asked_with(proof):
    registry.proof = proof
    try:
        return reason(lambda: registry.call("GetAccount", account=1001))
    finally:
        registry.proof = honest


def signed_by_another(path, message):
    proof = access_pb2.CallerProof.FromString(honest(path, message))
    proof.signature = other.sign(CALLER, proof.payload)
    return proof.SerializeToString()


def of_two_minutes_ago(path, message):
    now, client.now_ms = client.now_ms, lambda: now() - 120_000
    try:
        return honest(path, message)
    finally:
        client.now_ms = now


assert asked_with(honest) == "ACCEPTED"
print("signed by another key:", asked_with(signed_by_another))
print("of another message:", asked_with(lambda path, message: honest(path, message + b"\0")))
print("of another method:", asked_with(lambda path, message: honest(path + "s", message)))
print("of two minutes ago:", asked_with(of_two_minutes_ago))
message = registry_pb2.GetAccountRequest(account=1001).SerializeToString()
once = honest("/jcm.registry.v1.Registry/GetAccount", message)
assert asked_with(lambda *_: once) == "ACCEPTED"
print("used before:", asked_with(lambda *_: once))

# A transfer that pays its fee, as the registry shows it.
payment = registry.call("ListPayments", unspent_only=True).payments[0]
body = command_pb2.ApplyTransfer(
    source=1001,
    destination=1002,
    quantity_tonnes=300,
    ranges=[command_pb2.SerialRange(block=1, first=101, last=400)],
    purpose="PURPOSE_OTHER",
    fee_payment=payment.entry,
)
command = command_pb2.Command(
    registry=registry.origin,
    command_id=os.urandom(16),
    valid_until_ms=client.now_ms() + client.VALID_MS,
    apply_transfer=body,
)
shown = registry.call("Prepare", payload=command.SerializeToString(), signers=[key.public])


def reviewed(event, digest, changed=command):
    pinned = command_pb2.Command()
    pinned.CopyFrom(changed)
    pinned.effect_digest = digest
    payload = pinned.SerializeToString(deterministic=True)
    client.review(payload, registry.origin, shown.rule_set, event)
    return payload


payload = reviewed(shown.event, shown.effect_digest)
forged = registry_pb2.CommandSignature(
    public_key=key.public, signature=other.sign(COMMAND, payload)
)
signed = registry_pb2.SignedCommand(payload=payload, signatures=[forged])
print("command signed by another key:", reason(lambda: registry.call("Submit", command=signed)))


def all_changes(data):
    for at in range(len(data)):
        for bit in range(8):
            yield data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :]


def verdict(cases):
    """`refused` if every case is."""
    verdicts = {reason(case) for case in cases}
    return "refused" if verdicts == {"refused"} else verdicts


changes = list(all_changes(shown.event))
assert len(changes) > 100
print("effects changed, digest not:", verdict(lambda e=e: reviewed(e, shown.effect_digest) for e in changes))
stale = [lambda d=d: reviewed(shown.event, d) for d in all_changes(shown.effect_digest)]
print("digest changed, effects not:", verdict(stale))


def lie(event):
    return lambda: reviewed(event, effect_digest(shown.rule_set, event))


print("effects and digest changed:", verdict(map(lie, changes)))

# The same effects for a command that asks for something else.
others = []
for field, value in [("source", 1002), ("destination", 3), ("fee_payment", 1), ("gratuitous", True)]:
    changed = command_pb2.Command()
    changed.CopyFrom(command)
    setattr(changed.apply_transfer, field, value)
    others.append(lambda changed=changed: reviewed(shown.event, shown.effect_digest, changed))
elsewhere = command_pb2.Command()
elsewhere.CopyFrom(command)
elsewhere.registry = "registry.test/another"
others.append(lambda: reviewed(shown.event, shown.effect_digest, elsewhere))
unseen = payload + b"\xf8\x3f\x01"
others.append(lambda: client.review(unseen, registry.origin, shown.rule_set, shown.event))
print("command changed:", verdict(others))
