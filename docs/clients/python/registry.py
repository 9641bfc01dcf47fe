"""Calls the registry: proves who asks (docs/spec/access.md), prepares, reviews, signs and
submits commands (docs/spec/commands.md), and believes only what is proved.

`errors_pb2` and `jcm.registry.v1` are generated from the .proto files: see README.md."""

import datetime
import hashlib
import os
import time
from pathlib import Path

import grpc
from google.protobuf import message_factory

import errors_pb2
from effects import read_event
from jcm.registry.v1 import access_pb2, command_pb2, registry_pb2
from receipt import (
    Refused,
    check_receipt,
    effect_digest,
    read_checkpoint,
    refuse_unless,
    verify_consistency,
)
from signing import CALLER, COMMAND

SERVICE = registry_pb2.DESCRIPTOR.services_by_name["Registry"]
VALID_MS = 60 * 60 * 1000
AGAIN = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.RESOURCE_EXHAUSTED)


class Failed(Exception):
    """A call that the registry refused, or that did not reach it."""

    def __init__(self, error):
        self.code = error.code()
        self.reason, self.metadata = "", {}
        for name, value in error.trailing_metadata() or ():
            if name != "grpc-status-details-bin":
                continue
            for detail in errors_pb2.Status.FromString(value).details:
                if detail.type_url.endswith("/google.rpc.ErrorInfo"):
                    info = errors_pb2.ErrorInfo.FromString(detail.value)
                    self.reason, self.metadata = info.reason, dict(info.metadata)
        super().__init__(f"{self.reason or self.code.name}: {error.details()}")


def now_ms():
    return time.time_ns() // 1_000_000


def write_new(path, data):
    """Writes a file that only its owner may read, and comes back when it is on disk."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


class Registry:
    """One registry, known by its log key, whose name is the registry's origin."""

    def __init__(self, url, log_key, key=None, home=None, authority=None):
        self.log_key, self.origin, self.key = log_key, log_key.name, key
        self.home = Path(home) if home else None
        scheme, _, target = url.partition("://")
        # A call that gRPC repeats by itself would repeat its proof, which is refused.
        options = [("grpc.enable_retries", 0)]
        if scheme == "https":
            roots = Path(authority).read_bytes() if authority else None
            credentials = grpc.ssl_channel_credentials(root_certificates=roots)
            self._channel = grpc.secure_channel(target, credentials, options)
        elif scheme == "http":
            self._channel = grpc.insecure_channel(target, options)
        else:
            raise ValueError(f"{url}: write http://host:port or https://host:port")

    # Calls.

    def proof(self, path, message):
        """A `CallerProof` for one call: this method, this message, now, once."""
        statement = access_pb2.CallerStatement(
            registry=self.origin,
            method=path,
            issued_at_ms=now_ms(),
            nonce=os.urandom(16),
            message_digest=hashlib.sha256(message).digest(),
        ).SerializeToString(deterministic=True)
        return access_pb2.CallerProof(
            payload=statement,
            public_key=self.key.public,
            signature=self.key.sign(CALLER, statement),
        ).SerializeToString(deterministic=True)

    def call(self, name, request=None, **fields):
        """Calls a method that takes one message and gives one."""
        method = SERVICE.methods_by_name[name]
        request = request or message_factory.GetMessageClass(method.input_type)(**fields)
        answer = message_factory.GetMessageClass(method.output_type)
        path = f"/{SERVICE.full_name}/{name}"
        # The digest in the proof is that of the bytes sent: they are made once.
        message = request.SerializeToString(deterministic=True)
        metadata = [("jcm-caller-bin", self.proof(path, message))] if self.key else []
        send = self._channel.unary_unary(path, bytes, answer.FromString)
        try:
            return send(message, timeout=30, metadata=metadata)
        except grpc.RpcError as error:
            raise Failed(error) from None

    # Commands.

    def prepare(self, **body):
        """Makes a command and has the registry say what it would do. Gives the bytes
        to sign, with that effect pinned, and what `review` found it to be."""
        command = command_pb2.Command(
            registry=self.origin,
            command_id=os.urandom(16),
            valid_until_ms=now_ms() + VALID_MS,
            **body,
        )
        payload = command.SerializeToString(deterministic=True)
        shown = self.call("Prepare", payload=payload, signers=[self.key.public])
        command.effect_digest = shown.effect_digest
        payload = command.SerializeToString(deterministic=True)
        return payload, review(payload, self.origin, shown.rule_set, shown.event)

    def sign(self, payload, private_data=()):
        """Signs a command that was reviewed, and keeps it before anybody sees it."""
        signature = registry_pb2.CommandSignature(
            public_key=self.key.public, signature=self.key.sign(COMMAND, payload)
        )
        signed = registry_pb2.SignedCommand(payload=payload, signatures=[signature])
        request = registry_pb2.SubmitRequest(command=signed, private_data=private_data)
        path = self.home / "commands" / f"{read_command(payload).command_id.hex()}.command"
        write_new(path, request.SerializeToString(deterministic=True))
        return path

    def submit(self, path):
        """Sends a command that was kept until there is an answer: the same bytes each
        time, so that it happens once. Gives the path of the receipt, and the receipt."""
        request = registry_pb2.SubmitRequest.FromString(Path(path).read_bytes())
        for wait in (1, 2, 4, 8, None):
            try:
                answer = self.call("Submit", request)
                break
            except Failed as failure:
                if wait is None or failure.code not in AGAIN:
                    raise
                time.sleep(wait)
        data = answer.receipt.encode()
        name = Path(path).stem
        try:
            receipt = believe(data, self.log_key, request.command.payload)
            self.follow(receipt.note)
        except (Refused, Failed):
            write_new(self.home / "receipts" / f"{name}.unchecked", data)
            raise
        kept = self.home / "receipts" / f"{name}.tlog-proof"
        write_new(kept, data)
        return kept, receipt

    def follow(self, note):
        """Refuses a checkpoint that is not of the history that was believed so far, and
        keeps both; otherwise believes the longer one from now on."""
        trusted = self.home / "checkpoint"
        new = read_checkpoint(note, self.log_key)
        if trusted.exists():
            old_note = trusted.read_bytes()
            old = read_checkpoint(old_note, self.log_key)
            first, second = sorted([old, new], key=lambda checkpoint: checkpoint.size)
            try:
                verify_consistency(first, second, self.consistency(first, second))
            except Refused:
                evidence = self.home / "evidence"
                write_new(evidence / f"{now_ms()}-trusted", old_note)
                write_new(evidence / f"{now_ms()}-shown", note)
                raise
            if new.size <= old.size:
                return
        write_new(trusted, note)

    def consistency(self, first, second):
        if first.size in (0, second.size):
            return []
        try:
            proof = self.call("GetConsistencyProof", old_size=first.size, new_size=second.size)
        except Failed as failure:
            if failure.code in AGAIN:
                raise
            raise Refused(f"the log is not proved to go on from what it was: {failure}") from None
        return list(proof.hashes)


# What is signed, and what was recorded.


def read_command(payload):
    """Decodes a command from the bytes that are signed, and from nothing else."""
    try:
        command = command_pb2.Command.FromString(payload)
    except Exception:
        raise Refused("the payload is not a command") from None
    command.DiscardUnknownFields()
    same = command.SerializeToString(deterministic=True) == payload
    refuse_unless(same, "the payload holds something that this client would not see")
    return command


def review(payload, origin, rule_set, event):
    """What a signature on `payload` would bring about, and nothing besides: decoded
    from the command and from the effects whose digest it pins. The words of
    `PrepareResponse.effects` are not looked at."""
    command = read_command(payload)
    refuse_unless(command.registry == origin, "the command is for another registry")
    refuse_unless(command.valid_until_ms <= now_ms() + VALID_MS, "the command is valid for too long")
    pinned = command.effect_digest == effect_digest(rule_set, event)
    refuse_unless(pinned, "the effects shown are not those that the command pins")
    effects = read_event(event)
    refuse_unless(effects, "the command has no effect")
    body = command.WhichOneof("body")
    if body == "apply_account":
        review_account(command.apply_account, effects)
    elif body == "apply_transfer":
        review_transfer(command.apply_transfer, effects)
    else:
        raise Refused(f"this client does not sign {body}")
    return effects


def without_fee(fields):
    return {name: value for name, value in fields.items() if name != "fee"}


def review_account(asked, effects):
    applied = {
        "person": {"corporation": int(asked.person.corporate_number)},
        "holder": {
            "name_ja": asked.name_ja or None,
            "name_en": asked.name_en,
            "head_office_ja": asked.head_office_ja or None,
            "head_office_en": asked.head_office_en,
        },
        "particulars": asked.particulars_commitment.hex(),
        "attachments": [digest.hex() for digest in asked.attachments],
        "representative": asked.representative_key.hex(),
    }
    name, fields = effects[0]
    same = len(effects) == 1 and name == "account_applied" and without_fee(fields) == applied
    refuse_unless(same, "the effects are not those of this application")


def review_transfer(asked, effects):
    purpose = command_pb2.Purpose.Name(asked.purpose).removeprefix("PURPOSE_").lower()
    use = None
    if asked.HasField("use"):
        use = {
            "kind": command_pb2.UseKind.Name(asked.use.kind).removeprefix("USE_KIND_").lower(),
            "reporting_year": asked.use.reporting_year or None,
            "beneficiary": asked.use.beneficiary or None,
        }
    terms = {
        "source": asked.source,
        "destination": asked.destination,
        "ranges": [{"block": r.block, "first": r.first, "last": r.last} for r in asked.ranges],
        "purpose": purpose,
        "gratuitous": asked.gratuitous,
        "use_": use,
    }
    name, fields = effects[0]
    same = name == "transfer_applied" and without_fee(fields) == {"terms": terms}
    refuse_unless(same, "the effects are not those of this transfer")
    fee = fields["fee"]["due"] if isinstance(fields["fee"], dict) else 0
    paid = {"application": None, "amount_yen": fee}
    allowed = [
        ("transfer_recorded", {"application": None}),
        ("payment_applied", {"payment": asked.fee_payment, **paid}),
        (
            "payment_line_applied",
            {"payment": {"entry": asked.fee_payment, "line": asked.fee_payment_line}, **paid},
        ),
    ]
    once = set()
    for name, fields in effects[1:]:
        # The one delays, the others follow from a use under Article 6.
        harmless = name == "transfer_delayed"
        of_use = name in ("first_transferred", "adjustment_booked") and purpose != "other"
        asked_for = (name, fields) in allowed and name not in once
        refuse_unless(harmless or of_use or asked_for, f"nobody asked for this: {name} {fields}")
        once.add(name)


def believe(data, log_key, payload=None):
    """Checks a receipt, and that it is for this command, where one is given."""
    receipt = check_receipt(data, log_key)
    entry = receipt.entry
    command = read_command(entry.payload)
    refuse_unless(command.registry == log_key.name, "the command is for another registry")
    pinned = command.effect_digest
    same = not pinned or pinned == effect_digest(entry.rule_set, entry.event)
    refuse_unless(same, "the recorded effects are not those that were signed")
    refuse_unless(payload in (None, entry.payload), "the receipt is for another command")
    return receipt


def japan_time(time_ms):
    zone = datetime.timezone(datetime.timedelta(hours=9))
    return datetime.datetime.fromtimestamp(time_ms / 1000, zone).isoformat(timespec="seconds")
