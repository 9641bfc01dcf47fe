"""A holder's client: opens an account, transfers units, checks receipts. README.md
beside this folder says how to run it.

Exit codes: 0 done, 1 something is not believed, 2 usage, 3 the registry refused."""

import argparse
import hashlib
import json
import os
import sys
from pathlib import Path

from jcm.registry.v1 import command_pb2, registry_pb2
from effects import read_event
from receipt import LogKey, Refused
from registry import Failed, Registry, believe, japan_time
from signing import Key


def say(name, value):
    print(f"{name} {value}")


def show(effects, to):
    for name, fields in effects:
        print(f"effect {name} {json.dumps(fields, ensure_ascii=False)}", file=to)


def confirm(args, effects):
    show(effects, sys.stderr)
    if args.yes:
        return
    if not sys.stdin.isatty() or input("Sign this? (yes/no) ") != "yes":
        raise SystemExit("nothing was signed; --yes signs without asking")


def act(registry, args, private_data=(), **body):
    """Prepare, review, sign, keep, submit, believe."""
    payload, effects = registry.prepare(**body)
    confirm(args, effects)
    kept = registry.sign(payload, private_data)
    say("command", kept)
    return finish(registry, kept)


def finish(registry, kept):
    path, receipt = registry.submit(kept)
    say("receipt", path)
    say("entry", receipt.entry.index)
    return receipt.entry


def parse_units(text):
    """`7:1-500`: units 1 to 500 of block 7."""
    block, _, units = text.partition(":")
    first, _, last = units.partition("-")
    return command_pb2.SerialRange(block=int(block), first=int(first), last=int(last or first))


def keygen(args):
    say("public_key", Key.create(args.file).public.hex())


def check(args):
    key = LogKey.parse(args.log_key)
    payload = None
    if args.command_file:
        kept = registry_pb2.SubmitRequest.FromString(Path(args.command_file).read_bytes())
        payload = kept.command.payload
    refused = 0
    for file in args.receipts:
        try:
            receipt = believe(Path(file).read_bytes(), key, payload)
        except Refused as why:
            refused += 1
            print(f"refused {file}: {why}")
            continue
        entry = receipt.entry
        print(f"ok {file}: entry {entry.index} of {japan_time(entry.time_ms)}, in a log of {receipt.checkpoint.size}")
        if not args.effects:
            continue
        try:
            show(read_event(entry.event), sys.stdout)
        except Refused as why:
            print(f"effects not shown: {why}")
    if refused:
        raise Refused(f"{refused} of {len(args.receipts)} receipts prove nothing")


def connect(args):
    passphrase = os.environ.get("JCM_PASSPHRASE")
    key = Key.load(args.key, passphrase) if args.key else None
    log_key = LogKey.parse(args.log_key)
    return Registry(args.registry, log_key, key, args.home, args.authority)


def open_account(args):
    registry = connect(args)
    # Particulars stay out of the log: the command commits to them under a salt.
    salt, data = os.urandom(32), Path(args.particulars).read_bytes()
    particulars = registry_pb2.PrivateData(salt=salt, data=data)
    commitment = hashlib.sha256(b"jcm-commitment/v1\n" + salt + data).digest()
    body = command_pb2.ApplyAccount(
        person=command_pb2.Person(corporate_number=args.corporate_number),
        name_ja=args.name_ja,
        name_en=args.name_en,
        head_office_ja=args.head_office_ja,
        head_office_en=args.head_office_en,
        particulars_commitment=commitment,
        attachments=[hashlib.sha256(Path(file).read_bytes()).digest() for file in args.attachment],
        representative_key=registry.key.public,
    )
    entry = act(registry, args, [particulars], apply_account=body)
    show_application(registry, entry.index)


def show_application(registry, number):
    application = registry.call("GetApplication", application=number)
    for name in ("entry", "kind", "status", "fee_yen", "settled_yen", "invoice_reference", "account"):
        say(f"application.{name}", getattr(application, name))


def application(args):
    show_application(connect(args), args.number)


def account(args):
    registry = connect(args)
    found = registry.call("GetAccount", account=args.number)
    say("number", found.number)
    say("balance_tonnes", found.balance_tonnes)
    token = ""
    while True:
        page = registry.call("ListHoldings", account=args.number, page_token=token)
        for held in page.holdings:
            say("holding", f"{held.range.block}:{held.range.first}-{held.range.last}")
        token = page.next_page_token
        if not token:
            return


def find_payment(registry, fee_yen):
    """A payment of this holder's, recorded by the operator, that covers the fee."""
    token = ""
    while True:
        page = registry.call("ListPayments", unspent_only=True, page_token=token)
        for payment in page.payments:
            if payment.left_yen >= fee_yen:
                return payment
        token = page.next_page_token
        if not token:
            return None


def transfer(args):
    registry = connect(args)
    units = sorted(map(parse_units, args.units), key=lambda units: (units.block, units.first))
    purpose = command_pb2.Purpose.Value(f"PURPOSE_{args.purpose.upper()}")
    body = command_pb2.ApplyTransfer(
        source=args.source,
        destination=args.destination,
        quantity_tonnes=sum(range.last - range.first + 1 for range in units),
        ranges=units,
        purpose=purpose,
    )
    if args.use:
        body.use.kind = command_pb2.UseKind.Value(f"USE_KIND_{args.use.upper()}")
        body.use.reporting_year = args.year
        body.use.beneficiary = args.beneficiary
    quoted = [registry_pb2.Range(block=r.block, first=r.first, last=r.last) for r in units]
    quote = registry.call(
        "Quote", kind="transfer", source=args.source, destination=args.destination, ranges=quoted
    )
    say("fee_yen", quote.fee_yen)
    payment = find_payment(registry, quote.fee_yen) if quote.fee_yen else None
    if payment:
        body.fee_payment, body.fee_payment_line = payment.entry, payment.line
        say("fee_payment", f"{payment.entry}/{payment.line}")
    entry = act(registry, args, apply_transfer=body)
    show_application(registry, entry.index)


def submit(args):
    finish(connect(args), args.file)


def arguments():
    parser = argparse.ArgumentParser(prog="holder.py", description=__doc__)
    commands = parser.add_subparsers(required=True)

    def command(name, run, about, online=True):
        sub = commands.add_parser(name, help=about)
        sub.set_defaults(run=run)
        if online:
            sub.add_argument("--registry", required=True, help="http://host:port or https://host:port")
            sub.add_argument("--log-key", required=True, help="the published key of the log")
            sub.add_argument("--key", help="your key file; its passphrase is taken from JCM_PASSPHRASE")
            sub.add_argument("--home", default=".", help="commands, receipts and the last checkpoint")
            sub.add_argument("--authority", help="who vouches for the registry's TLS certificate, PEM")
            sub.add_argument("--yes", action="store_true", help="sign without asking")
        return sub

    sub = command("keygen", keygen, "make a key", online=False)
    sub.add_argument("file")
    sub = command("check", check, "check receipts; no network", online=False)
    sub.add_argument("--log-key", required=True)
    sub.add_argument("--command", dest="command_file", help="the command that it must be for")
    sub.add_argument("--effects", action="store_true", help="show what was recorded")
    sub.add_argument("receipts", nargs="+")
    sub = command("open", open_account, "apply for an account")
    for name in ("corporate-number", "name-en", "head-office-en"):
        sub.add_argument(f"--{name}", required=True)
    for name in ("name-ja", "head-office-ja"):
        sub.add_argument(f"--{name}", default="")
    sub.add_argument("--particulars", required=True, help="what is not published; kept erasable")
    sub.add_argument("--attachment", action="append", required=True, help="only its digest is handed in")
    sub = command("application", application, "show an application")
    sub.add_argument("number", type=int)
    sub = command("account", account, "show an account and what it holds")
    sub.add_argument("number", type=int)
    sub = command("transfer", transfer, "apply for a transfer, paying its fee")
    sub.add_argument("--source", type=int, required=True)
    sub.add_argument("--destination", type=int, required=True)
    sub.add_argument("--units", action="append", required=True, help="7:1-500")
    sub.add_argument("--purpose", choices=["retirement", "cancellation", "other"], required=True)
    sub.add_argument("--use", choices=["ndc", "shk", "gx_ets", "voluntary"])
    sub.add_argument("--year", type=int, default=0, help="fiscal year of the report it serves")
    sub.add_argument("--beneficiary", default="")
    sub = command("submit", submit, "send a command that was kept, once more")
    sub.add_argument("file")
    return parser.parse_args()


def main():
    args = arguments()
    try:
        args.run(args)
    except Refused as why:
        print(f"NOT BELIEVED: {why}", file=sys.stderr)
        return 1
    except Failed as why:
        print(f"REFUSED: {why}", file=sys.stderr)
        return 3
    except (OSError, ValueError) as why:
        print(f"error: {why}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
