#!/usr/bin/env python3
"""A second decoder of the JCM registry's log, for auditors.

Written from docs/spec/entry.md, log-file.md, tlog.md and commands.md, not from
the registry's code, and with nothing but Python's standard library (3.9 or
later), so that the log can be read without any program of the registry's.

    jcm_decode.py LOG...            read logs, print one line for each entry
    jcm_decode.py --json LOG...     the same as JSON, one object on each line
    jcm_decode.py --entries FILE    judge single entries, one in hexadecimal on
                                    each line; prints an object for each

LOG is an export file, a first segment, or a folder of segments. Each log ends
with a line that says what it holds, or what its first fault is.

Checked for each entry: that the bytes are the canonical encoding of an entry,
that index, previous hash and time follow the entry before, that the command has
a well-formed header addressed to this registry; for each frame: its check and
that its checkpoint names this log, the size at the frame's end and the Merkle
root over all entries so far.

Not checked: signatures, the fields inside a command, and the rules of the
registry. Those are the business of jcm-verify.

Exit status: 0 when all is well, 1 when a log has a fault, 2 for a wrong call.
"""

import argparse
import base64
import binascii
import datetime
import hashlib
import json
import os
import re
import sys

ENTRY_BYTES_MAX = 65_535
PAYLOAD_BYTES_MAX = 32_768
SIGNATURES_MAX = 8
RANGES_MAX = 256
TEXT_BYTES_MAX = 512
IDENTIFICATION_BYTES_MAX = 64
TONNES_MAX = 200_000_000_000
BATCH_ENTRIES_MAX = 256
CHECKPOINT_BYTES_MAX = 65_536
NOTE_SIGNATURES_MAX = 64
FRAME_BYTES_MAX = BATCH_ENTRIES_MAX * (ENTRY_BYTES_MAX + 4) + 65_536
TIME_MS_MAX = 253_402_268_399_999

MAGIC = b"jcmlog/1\n"


class Fault(Exception):
    """Something that the specification does not allow."""

    def __init__(self, what, offset=None):
        super().__init__(what)
        self.what = what
        self.offset = offset
        self.file = None
        self.entry = None


def require(condition, what, offset=None):
    if not condition:
        raise Fault(what, offset)


class Reader:
    """Bytes that are taken from the front and never go back."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, count):
        end = self.at + count
        require(end <= len(self.data), "the bytes end inside a value", self.at)
        part = self.data[self.at:end]
        self.at = end
        return part

    def done(self):
        return self.at == len(self.data)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


# Types. Each reads a raw value, writes it again, and shows it as JSON.


class U8:
    def decode(self, reader):
        return reader.take(1)[0]

    def encode(self, value):
        return bytes([value])

    def json(self, value):
        return value


class Bool(U8):
    def decode(self, reader):
        at = reader.at
        byte = reader.take(1)[0]
        require(byte in (0, 1), "a flag is neither 0 nor 1", at)
        return byte == 1


class Varint:
    WIDTHS = {251: (2, 251), 252: (4, 1 << 16), 253: (8, 1 << 32)}

    def __init__(self, bits):
        self.bits = bits

    def decode(self, reader):
        at = reader.at
        mark = reader.take(1)[0]
        if mark <= 250:
            return mark
        require(mark in self.WIDTHS, "an integer has an unknown mark", at)
        width, least = self.WIDTHS[mark]
        value = int.from_bytes(reader.take(width), "little")
        require(value >= least, "an integer is longer than it needs to be", at)
        require(value >> self.bits == 0, "an integer is too large for its type", at)
        return value

    def encode(self, value):
        for mark, (width, least) in sorted(self.WIDTHS.items(), reverse=True):
            if value >= least:
                return bytes([mark]) + value.to_bytes(width, "little")
        return bytes([value])

    def json(self, value):
        return value


class Fixed:
    """A fixed number of bytes, shown in hexadecimal."""

    def __init__(self, length):
        self.length = length

    def decode(self, reader):
        return reader.take(self.length)

    def encode(self, value):
        return value

    def json(self, value):
        return value.hex()


class Blob:
    """A counted number of bytes, shown in hexadecimal."""

    def decode(self, reader):
        return reader.take(LENGTH.decode(reader))

    def encode(self, value):
        return LENGTH.encode(len(value)) + value

    def json(self, value):
        return value.hex()


class String(Blob):
    def decode(self, reader):
        at = reader.at
        try:
            return Blob.decode(self, reader).decode("utf-8")
        except UnicodeDecodeError:
            raise Fault("a string is not UTF-8", at) from None

    def encode(self, value):
        return Blob.encode(self, value.encode("utf-8"))

    def json(self, value):
        return value


class Option:
    def __init__(self, inner):
        self.inner = inner

    def decode(self, reader):
        return self.inner.decode(reader) if Bool().decode(reader) else None

    def encode(self, value):
        return b"\x00" if value is None else b"\x01" + self.inner.encode(value)

    def json(self, value):
        return None if value is None else self.inner.json(value)


class Vec:
    def __init__(self, inner):
        self.inner = inner

    def decode(self, reader):
        at = reader.at
        count = LENGTH.decode(reader)
        # Every item takes at least a byte: a larger count cannot be honest.
        require(count <= len(reader.data) - reader.at, "a list is longer than the bytes", at)
        return [self.inner.decode(reader) for _ in range(count)]

    def encode(self, value):
        return LENGTH.encode(len(value)) + b"".join(self.inner.encode(item) for item in value)

    def json(self, value):
        return [self.inner.json(item) for item in value]


class Struct:
    """Fields in order, without a name in the bytes."""

    def __init__(self, *fields):
        self.fields = fields

    def decode(self, reader):
        return {name: kind.decode(reader) for name, kind in self.fields}

    def encode(self, value):
        return b"".join(kind.encode(value[name]) for name, kind in self.fields)

    def json(self, value):
        return {name: kind.json(value[name]) for name, kind in self.fields}


class Enum:
    """A variant's number, then what the variant holds, if anything."""

    def __init__(self, *variants):
        self.variants = [v if isinstance(v, tuple) else (v, None) for v in variants]

    def decode(self, reader):
        at = reader.at
        number = U32.decode(reader)
        require(number < len(self.variants), "an unknown variant %d" % number, at)
        kind = self.variants[number][1]
        return number, None if kind is None else kind.decode(reader)

    def encode(self, value):
        number, held = value
        kind = self.variants[number][1]
        return U32.encode(number) + (b"" if kind is None else kind.encode(held))

    def json(self, value):
        number, held = value
        name, kind = self.variants[number]
        return name if kind is None else {name: kind.json(held)}


class Checked:
    """Another type's bytes, under a rule, with a text form of its own."""

    def __init__(self, inner, rule, what, show=None):
        self.inner = inner
        self.rule = rule
        self.what = what
        self.show = show

    def decode(self, reader):
        at = reader.at
        value = self.inner.decode(reader)
        require(self.rule(value), "not " + self.what, at)
        return value

    def encode(self, value):
        return self.inner.encode(value)

    def json(self, value):
        return self.show(value) if self.show else self.inner.json(value)


def matches(pattern):
    compiled = re.compile(pattern)
    return lambda text: compiled.fullmatch(text) is not None


def is_text(text):
    """Rule for text that people wrote (entry.md, Text)."""
    if not 1 <= len(text.encode("utf-8")) <= TEXT_BYTES_MAX:
        return False
    if is_space(text[0]) or is_space(text[-1]):
        return False
    return not any(misleads(ord(character)) for character in text)


def is_space(character):
    code = ord(character)
    return code in (0x20, 0xA0, 0x1680, 0x202F, 0x205F, 0x3000) or 0x2000 <= code <= 0x200A


def misleads(code):
    return (
        code <= 0x1F
        or 0x7F <= code <= 0x9F
        or 0x200B <= code <= 0x200F
        or 0x2028 <= code <= 0x202E
        or 0x2060 <= code <= 0x206F
        or code == 0xFEFF
    )


def is_date(date):
    if not 1970 <= date["year"] <= 9999:
        return False
    try:
        datetime.date(date["year"], date["month"], date["day"])
    except ValueError:
        return False
    return True


def show_date(date):
    return "%04d-%02d-%02d" % (date["year"], date["month"], date["day"])


def show_time(ms):
    epoch = datetime.datetime(1970, 1, 1, 9)
    local = epoch + datetime.timedelta(milliseconds=ms)
    return "%s.%03d+09:00" % (local.strftime("%Y-%m-%dT%H:%M:%S"), ms % 1000)


def show_account(number):
    return "JP-%07d-%02d" % (number, 98 - number * 100 % 97)


def is_corporate_number(number):
    check, rest = divmod(number, 10**12)
    total = sum(rest // 10**n % 10 * (1 + n % 2) for n in range(12))
    return check == 9 - total % 9


def is_range(value):
    return 1 <= value["first"] <= value["last"] <= TONNES_MAX


def show_range(value):
    return "%d:%d-%d" % (value["block"], value["first"], value["last"])


def are_ranges(values):
    if not 1 <= len(values) <= RANGES_MAX:
        return False
    for before, after in zip(values, values[1:]):
        beyond = before["block"] == after["block"] and before["last"] < after["first"]
        if not (before["block"] < after["block"] or beyond):
            return False
    return True


IDENTIFICATION_PART = re.compile(
    r"\{(project|country)\}|\{(vintage|block|unit)(?::(?:[1-9]|1[0-5]))?\}|[A-Za-z0-9./_:-]+"
)


def is_identification_format(text):
    """Rule for templates of identification numbers (entry.md, IdentificationFormat)."""
    if not 1 <= len(text.encode("utf-8")) <= IDENTIFICATION_BYTES_MAX:
        return False
    parts = []
    at = 0
    while at < len(text):
        part = IDENTIFICATION_PART.match(text, at)
        if part is None:
            return False
        parts.append(part)
        at = part.end()
    names = [part.group(1) or part.group(2) for part in parts]
    for name, least in (("block", 1), ("unit", 1), ("project", 0), ("country", 0), ("vintage", 0)):
        if not least <= names.count(name) <= 1:
            return False
    return all(may_follow(n == 0, *pair) for n, pair in enumerate(zip(parts, parts[1:])))


def may_follow(first, part, after):
    """Whether `after` may stand behind `part`, which is the first of all or is not."""
    if part.group().startswith("{"):
        number = part.group(2) is not None
        return not after.group().startswith("{") and not (number and after.group()[0].isdigit())
    if after.group(2) is not None and part.group()[-1].isdigit():
        return False
    # What follows a literal is a placeholder; what stands before it, too.
    return first or not part.group().isalnum()


def show_payment(value):
    line = value["line"]
    return "%d/%d" % (value["entry"], line) if line else "%d" % value["entry"]


U16 = Varint(16)
U32 = Varint(32)
U64 = Varint(64)
LENGTH = Varint(64)

DIGEST = Fixed(32)
PUBLIC_KEY = Fixed(32)
SIGNATURE = Fixed(64)
TONNES = U64
YEN = U64
ENTRY_INDEX = U64
TEXT = Checked(String(), is_text, "an acceptable text")
NAME = Checked(String(), matches(r"[A-Za-z0-9._/-]{1,64}"), "a name")
ORIGIN = Checked(String(), matches(r"[\x21-\x2a\x2c-\x7e]{1,255}"), "an origin")
COUNTRY = Checked(
    Fixed(2),
    lambda code: all(0x41 <= letter <= 0x5A for letter in code),
    "a country",
    lambda code: code.decode("ascii"),
)
PARTY = Checked(
    Fixed(3),
    lambda code: all(0x41 <= letter <= 0x5A for letter in code),
    "a Party",
    lambda code: code.decode("ascii"),
)
ITMO_REGISTRY = Checked(
    Fixed(5),
    lambda raw: re.fullmatch(rb"[A-Z]{3}[0-9]{2}", raw) is not None,
    "an ITMO registry",
    lambda raw: raw.decode("ascii"),
)
PROJECT_REF = Checked(String(), matches(r"[A-Z]{2}[A-Z0-9-]{1,14}"), "a project's reference")
APPROACH = Checked(
    U16, lambda n: n <= 9999, "a cooperative approach", lambda n: "CA%04d" % n
)
CORPORATE_NUMBER = Checked(
    U64, is_corporate_number, "a corporate number", lambda n: "%013d" % n
)
ACCOUNT_NUMBER = Checked(U32, lambda n: 1 <= n <= 9_999_999, "an account number", show_account)
BLOCK_NUMBER = Checked(U32, lambda n: n >= 1, "a block's number")
YEAR = Checked(U16, lambda year: 1970 <= year <= 9999, "a year")
DATE = Checked(Struct(("year", U16), ("month", U8()), ("day", U8())), is_date, "a date", show_date)
TIMESTAMP = Checked(U64, lambda ms: ms <= TIME_MS_MAX, "a time", show_time)
SERIAL_RANGE = Checked(
    Struct(("block", BLOCK_NUMBER), ("first", U64), ("last", U64)),
    is_range,
    "a range of units",
    show_range,
)
SERIAL_RANGES = Checked(Vec(SERIAL_RANGE), are_ranges, "ascending, disjoint ranges")
IDENTIFICATION_FORMAT = Checked(
    String(), is_identification_format, "a template of identification numbers"
)
LINE_KEY = Fixed(12)
PAYMENT_ID = Checked(
    Struct(("entry", ENTRY_INDEX), ("line", U16)), lambda _: True, "a payment", show_payment
)

REPRESENTATIVE = Struct(
    ("account", ACCOUNT_NUMBER),
    ("person", NAME),
    ("power", Enum("full", "initiate", "approve", "read")),
)
ROLE = Enum(
    ("authority", NAME),
    ("operator", NAME),
    ("partner", COUNTRY),
    ("account", ACCOUNT_NUMBER),
    ("auditor", NAME),
    ("representative", REPRESENTATIVE),
)
RULE_SET = Struct(
    ("version", U32),
    ("account_opening_fee_yen", YEN),
    ("transfer_fee_yen", YEN),
    ("certificate_fee_yen", YEN),
)
PERSON = Enum(
    ("corporation", CORPORATE_NUMBER),
    ("foreign_corporation", Struct(("country", COUNTRY), ("number", NAME))),
    ("individual", DIGEST),
)
HOLDER = Struct(
    ("name_ja", Option(TEXT)),
    ("name_en", TEXT),
    ("head_office_ja", Option(TEXT)),
    ("head_office_en", TEXT),
)
DECISION = Struct(
    ("reference", NAME),
    ("date", DATE),
    ("period_start", DATE),
    ("period_end", DATE),
    ("notified_total_tonnes", TONNES),
    ("notified_japan_tonnes", TONNES),
)
BASIS = Enum(
    ("consent", ENTRY_INDEX),
    ("carried_over", Struct(("issued_on", DATE), ("recognition_reference", TEXT))),
)
AUTHORISED_PURPOSES = Struct(("ndc", Bool()), ("imp", Bool()), ("op", Bool()))
FIRST_TRANSFER = Enum("authorisation", "issuance", "use_or_cancellation")
AUTHORISATION = Struct(
    ("id", NAME),
    ("side", Enum("japan", "partner")),
    ("partner", COUNTRY),
    ("cooperative_approach", APPROACH),
    ("date", DATE),
    ("quantity_tonnes", TONNES),
    ("first_vintage", YEAR),
    ("last_vintage", YEAR),
    ("purposes", AUTHORISED_PURPOSES),
    ("first_transfer", FIRST_TRANSFER),
    ("projects", Vec(PROJECT_REF)),
    ("document", DIGEST),
)
USE = Struct(
    (
        "kind",
        Enum(
            "ndc",
            "shk",
            "gx_ets",
            "voluntary",
            "international_mitigation",
            "other",
            "other_purposes",
            "omge",
        ),
    ),
    ("reporting_year", Option(YEAR)),
    ("beneficiary", Option(TEXT)),
)
TRANSFER_TERMS = Struct(
    ("source", ACCOUNT_NUMBER),
    ("destination", ACCOUNT_NUMBER),
    ("ranges", SERIAL_RANGES),
    ("purpose", Enum("retirement", "cancellation", "other")),
    ("gratuitous", Bool()),
    ("use_", Option(USE)),
)
HOLDING = Struct(("account", ACCOUNT_NUMBER), ("range", SERIAL_RANGE))
ACCOUNT_CATEGORY = Enum("government_holding", "retirement", "cancellation", "entity")
CREDIT_CLASS = Enum("A", "B1", "B2", "C")
FEE = Enum(("due", YEN), "waived", "not_chargeable", "not_an_application")
RULES = Struct(
    ("version", U32),
    (
        "fees",
        Vec(
            Struct(
                ("from", DATE),
                ("account_opening_fee_yen", YEN),
                ("transfer_fee_yen", YEN),
                ("certificate_fee_yen", YEN),
            )
        ),
    ),
    ("payment_days", U16),
    ("examination_days", U16),
    ("transferee_acceptance", Bool()),
    ("shk_issued_until", DATE),
    ("shk_public_input_until", DATE),
    ("identification", IDENTIFICATION_FORMAT),
    (
        "invoice",
        Option(
            Struct(
                ("name", TEXT),
                ("registration_number", Option(CORPORATE_NUMBER)),
                ("tax_percent", U8()),
            )
        ),
    ),
)
PARTICULARS_CHANGE = Struct(
    ("holder", Option(HOLDER)), ("particulars", Option(DIGEST)), ("effective", DATE)
)
REFUSAL_GROUND = Enum(
    "restriction", "evident_error", "irregularity", "violation", "falsehood", "procedure"
)
IMPORTED_PAYMENT = Struct(
    ("key", LINE_KEY),
    ("amount_yen", YEN),
    ("value_date", DATE),
    ("account", Option(ACCOUNT_NUMBER)),
)
REFUND_SOURCE = Enum(("payment", PAYMENT_ID), ("application", ENTRY_INDEX))
RESTRICTION = Struct(
    ("account", ACCOUNT_NUMBER),
    ("ranges", Option(SERIAL_RANGES)),
    ("ground", Enum("court_order", "evident_error", "irregularity", "violation")),
    ("authority", TEXT),
    ("reference", TEXT),
    ("document", DIGEST),
)
TRUST_TERMS = Struct(
    ("details", DIGEST),
    ("evidence", DIGEST),
    ("beneficiary_certificates", Bool()),
    ("without_beneficiaries", Bool()),
    ("public_interest", Bool()),
)
TRANSFER_TRUST = Enum(
    ("record", TRUST_TERMS),
    ("delete", DIGEST),
    ("change_trustee", Struct(("terms", TRUST_TERMS), ("by_new_trustee", Bool()))),
)
TRUST_REQUEST = Enum(
    ("record", Struct(("ranges", SERIAL_RANGES), ("terms", TRUST_TERMS))),
    (
        "delete",
        Struct(("ranges", SERIAL_RANGES), ("evidence", DIGEST), ("beneficiaries", DIGEST)),
    ),
    ("amend", Struct(("trust", ENTRY_INDEX), ("terms", TRUST_TERMS))),
)
COMMISSION = Struct(("court", TEXT), ("reference", TEXT), ("trustee_dismissed", Bool()))
CORRECTION_GROUND = Struct(
    ("account", ACCOUNT_NUMBER),
    ("affected", ENTRY_INDEX),
    ("error", TEXT),
    ("consulted_on", DATE),
    ("consultation", DIGEST),
    ("third_party_consent", Option(DIGEST)),
)
CORRECTION_MOVE = Struct(
    ("source", ACCOUNT_NUMBER), ("destination", ACCOUNT_NUMBER), ("ranges", SERIAL_RANGES)
)
ACCEPTANCE = Enum("anybody", ("listed", Vec(ACCOUNT_NUMBER)), "consent")
BOOK_TOTALS = Struct(
    ("entries", U64),
    ("received", U64),
    ("recorded", U64),
    ("refused", U64),
    ("withdrawn", U64),
    ("lapsed", U64),
    ("payments_yen", YEN),
    ("account_opening_fees_yen", YEN),
    ("transfer_fees_yen", YEN),
    ("certificate_fees_yen", YEN),
    ("refunded_yen", YEN),
    ("issued_tonnes", TONNES),
    ("transferred_tonnes", TONNES),
    ("retired_tonnes", TONNES),
    ("cancelled_tonnes", TONNES),
    ("corrected_tonnes", TONNES),
)
MANDATE = Struct(
    ("control", Enum("single", "dual")),
    ("per_transfer_tonnes", Option(TONNES)),
    ("per_day_tonnes", Option(TONNES)),
    ("per_untrusted_tonnes", Option(TONNES)),
)
SAFEGUARDS = Struct(
    ("default_mandate", MANDATE),
    ("central_untrusted_tonnes", Option(TONNES)),
    ("delays", Bool()),
    ("cutoff_hour", U8()),
    ("early_days", U16),
    ("late_days", U16),
    ("trust_days", U16),
    ("recovery_days", U16),
    ("pinned", Bool()),
)
ARTICLE6 = Struct(
    ("registry", ITMO_REGISTRY),
    ("ndc_first_year", YEAR),
    ("ndc_last_year", YEAR),
    ("oimp_needs_authorisation", Bool()),
    ("gx_ets_cap_basis_points", Option(U16)),
    ("identifiers", Enum("integer", "full")),
)
ENTITY_REF = Struct(("country", COUNTRY), ("number", NAME))
SECTOR = Enum(
    "agriculture",
    "building_and_construction",
    "cross_sectoral",
    "energy_generation",
    "forestry_and_land_use",
    "industrial_processes",
    "transportation",
    "urban_development",
    "waste_management",
)
ACTIVITY_TYPE = Enum(
    "afforestation",
    "agriculture",
    "biogas",
    "biomass_energy",
    "cement",
    "co2_usage",
    "coal_bed_methane",
    "energy_distribution",
    "efficiency_households",
    "efficiency_industry",
    "efficiency_own_generation",
    "efficiency_service",
    "efficiency_supply_side",
    "fossil_fuel_switch",
    "fugitive",
    "geothermal",
    "hydro",
    "landfill_gas",
    "methane_avoidance",
    "nitrous_oxide",
    "pfcs_and_sf6",
    "reforestation",
    "solar",
    "tidal",
    "transport",
    "waste",
    "wind",
)
AUTHORISATION_DETAILS = Struct(
    ("version", U32),
    ("mitigation", Enum("reductions", "removals", "both")),
    ("gwp", Option(TEXT)),
    ("sectors", Vec(SECTOR)),
    ("activities", Vec(ACTIVITY_TYPE)),
    ("parties", Vec(PARTY)),
    (
        "entities",
        Vec(Struct(("entity", ENTITY_REF), ("name", TEXT), ("conditions", Option(TEXT)))),
    ),
    ("use_years", Option(Struct(("first", YEAR), ("last", YEAR)))),
    ("oimp", Option(TEXT)),
    ("terms", Vec(TEXT)),
    ("changes_reach_first_transferred", Bool()),
    ("notes", Option(TEXT)),
)
AUTHORISATION_TERMS = Struct(
    ("date", DATE),
    ("quantity_tonnes", TONNES),
    ("first_vintage", YEAR),
    ("last_vintage", YEAR),
    ("purposes", AUTHORISED_PURPOSES),
    ("first_transfer", FIRST_TRANSFER),
    ("projects", Vec(PROJECT_REF)),
    ("document", DIGEST),
)
AUTHORISATION_CHANGE = Struct(
    ("authorisation", ENTRY_INDEX),
    ("terms", AUTHORISATION_TERMS),
    ("details", AUTHORISATION_DETAILS),
)
AUTHORISATION_REVOCATION = Struct(
    ("authorisation", ENTRY_INDEX), ("date", DATE), ("document", DIGEST)
)
CONFIRMATION = Struct(
    ("partner", COUNTRY),
    ("year", YEAR),
    ("vintage", YEAR),
    ("quantity_tonnes", TONNES),
    ("date", DATE),
    ("document", DIGEST),
)
USE_DETAILS = Struct(("beneficiary", Option(PERSON)), ("entity", Option(ENTITY_REF)))

EFFECT = Enum(
    ("registry_created", Struct(("origin", ORIGIN), ("log_key", PUBLIC_KEY))),
    ("rule_set_adopted", Struct(("rule_set", RULE_SET))),
    (
        "government_account_opened",
        Struct(("account", ACCOUNT_NUMBER), ("category", ACCOUNT_CATEGORY)),
    ),
    ("key_registered", Struct(("key", PUBLIC_KEY), ("role", ROLE))),
    ("key_revoked", Struct(("key", PUBLIC_KEY))),
    ("operator_appointed", Struct(("person", NAME))),
    ("operator_removed", Struct(("person", NAME))),
    (
        "payment_recorded",
        Struct(
            ("bank_reference", NAME),
            ("amount_yen", YEN),
            ("value_date", DATE),
            ("account", Option(ACCOUNT_NUMBER)),
            ("payer", Option(DIGEST)),
        ),
    ),
    (
        "payment_applied",
        Struct(
            ("payment", ENTRY_INDEX), ("application", Option(ENTRY_INDEX)), ("amount_yen", YEN)
        ),
    ),
    (
        "account_applied",
        Struct(
            ("person", PERSON),
            ("holder", HOLDER),
            ("particulars", DIGEST),
            ("attachments", Vec(DIGEST)),
            ("representative", PUBLIC_KEY),
            ("fee", FEE),
        ),
    ),
    ("account_opened", Struct(("application", ENTRY_INDEX), ("account", ACCOUNT_NUMBER))),
    ("application_withdrawn", Struct(("application", ENTRY_INDEX))),
    (
        "project_registered",
        Struct(
            ("reference", PROJECT_REF),
            ("title", TEXT),
            ("methodology", NAME),
            ("public_input_date", Option(DATE)),
        ),
    ),
    ("authorisation_recorded", Struct(("authorisation", AUTHORISATION))),
    ("issuance_consented", Struct(("project", PROJECT_REF), ("decision", DECISION))),
    (
        "issuance_recorded",
        Struct(
            ("project", PROJECT_REF),
            ("decision", DECISION),
            ("basis", BASIS),
            ("verifier", TEXT),
            ("verification_report", DIGEST),
            ("quantity_tonnes", TONNES),
        ),
    ),
    (
        "block_issued",
        Struct(
            ("block", BLOCK_NUMBER),
            ("vintage", YEAR),
            ("issued_on", DATE),
            ("class", CREDIT_CLASS),
            ("allocations", Vec(HOLDING)),
        ),
    ),
    (
        "first_transferred",
        Struct(("range", SERIAL_RANGE), ("japan", ENTRY_INDEX), ("partner", ENTRY_INDEX)),
    ),
    ("transfer_applied", Struct(("terms", TRANSFER_TERMS), ("fee", FEE))),
    ("transfer_recorded", Struct(("application", Option(ENTRY_INDEX)))),
    (
        "adjustment_booked",
        Struct(
            ("partner", COUNTRY),
            ("vintage", YEAR),
            ("quantity_tonnes", TONNES),
            ("japan_authorisation", ENTRY_INDEX),
            ("partner_authorisation", ENTRY_INDEX),
        ),
    ),
    ("certificate_requested", Struct(("account", ACCOUNT_NUMBER), ("fee", FEE))),
    ("certificate_issued", Struct(("application", Option(ENTRY_INDEX)))),
    ("rules_adopted", Struct(("rules", RULES))),
    ("calendar_adopted", Struct(("country", COUNTRY), ("year", YEAR), ("holidays", Vec(DATE)))),
    (
        "government_account_named",
        Struct(("account", ACCOUNT_NUMBER), ("name_ja", TEXT), ("name_en", TEXT)),
    ),
    ("proponent_registered", Struct(("project", PROJECT_REF), ("person", DIGEST))),
    (
        "individual_applied",
        Struct(
            ("person", DIGEST),
            ("particulars", DIGEST),
            ("attachments", Vec(DIGEST)),
            ("representative", PUBLIC_KEY),
            ("fee", FEE),
        ),
    ),
    (
        "change_notified",
        Struct(
            ("account", ACCOUNT_NUMBER),
            ("change", PARTICULARS_CHANGE),
            ("attachments", Vec(DIGEST)),
        ),
    ),
    (
        "particulars_changed",
        Struct(
            ("application", Option(ENTRY_INDEX)),
            ("account", ACCOUNT_NUMBER),
            ("change", PARTICULARS_CHANGE),
        ),
    ),
    ("closing_applied", Struct(("account", ACCOUNT_NUMBER), ("attachments", Vec(DIGEST)))),
    ("account_closed", Struct(("application", ENTRY_INDEX), ("account", ACCOUNT_NUMBER))),
    (
        "completion_requested",
        Struct(("application", ENTRY_INDEX), ("items", Vec(TEXT)), ("due", DATE)),
    ),
    (
        "application_completed",
        Struct(("application", ENTRY_INDEX), ("attachments", Vec(DIGEST))),
    ),
    (
        "application_refused",
        Struct(("application", ENTRY_INDEX), ("ground", REFUSAL_GROUND), ("explanation", TEXT)),
    ),
    (
        "application_lapsed",
        Struct(("application", ENTRY_INDEX), ("ground", Enum("unpaid", "incomplete"))),
    ),
    ("payment_proof_submitted", Struct(("application", ENTRY_INDEX), ("document", DIGEST))),
    (
        "statement_imported",
        Struct(
            ("statement", DIGEST),
            ("payers", Option(DIGEST)),
            ("payments", Vec(IMPORTED_PAYMENT)),
        ),
    ),
    (
        "payment_line_applied",
        Struct(("payment", PAYMENT_ID), ("application", Option(ENTRY_INDEX)), ("amount_yen", YEN)),
    ),
    (
        "refunded",
        Struct(("source", REFUND_SOURCE), ("amount_yen", YEN), ("bank_reference", NAME)),
    ),
    ("restriction_recorded", Struct(("restriction", RESTRICTION))),
    ("restriction_released", Struct(("restriction", ENTRY_INDEX))),
    ("transfer_trust_stated", Struct(("trust", TRANSFER_TRUST))),
    (
        "trust_applied",
        Struct(
            ("account", ACCOUNT_NUMBER),
            ("request", TRUST_REQUEST),
            ("subrogation", Option(DIGEST)),
        ),
    ),
    (
        "trust_recorded",
        Struct(("account", ACCOUNT_NUMBER), ("ranges", SERIAL_RANGES), ("terms", TRUST_TERMS)),
    ),
    ("trust_deleted", Struct(("ranges", SERIAL_RANGES))),
    (
        "trust_amended",
        Struct(("trust", ENTRY_INDEX), ("terms", TRUST_TERMS), ("commission", Option(COMMISSION))),
    ),
    ("trust_application_recorded", Struct(("application", ENTRY_INDEX))),
    ("correction_recorded", Struct(("ground", CORRECTION_GROUND))),
    ("units_moved", Struct(("units", CORRECTION_MOVE))),
    ("acceptance_set", Struct(("account", ACCOUNT_NUMBER), ("acceptance", ACCEPTANCE))),
    ("transfer_accepted", Struct(("application", ENTRY_INDEX))),
    ("certificate_stated", Struct(("account", ACCOUNT_NUMBER), ("digest", DIGEST))),
    ("books_closed", Struct(("year", YEAR), ("totals", BOOK_TOTALS))),
    ("personal_data_erased", Struct(("commitment", DIGEST))),
    ("safeguards_adopted", Struct(("safeguards", SAFEGUARDS))),
    (
        "mandate_set",
        Struct(("account", ACCOUNT_NUMBER), ("mandate", MANDATE), ("effective", DATE)),
    ),
    (
        "trusted_added",
        Struct(("account", ACCOUNT_NUMBER), ("trusted", ACCOUNT_NUMBER), ("effective", DATE)),
    ),
    ("trusted_removed", Struct(("account", ACCOUNT_NUMBER), ("trusted", ACCOUNT_NUMBER))),
    ("account_frozen", Struct(("account", ACCOUNT_NUMBER))),
    ("account_unfrozen", Struct(("account", ACCOUNT_NUMBER))),
    ("transfer_delayed", Struct(("not_before", DATE))),
    (
        "recovery_requested",
        Struct(("representative", REPRESENTATIVE), ("key", PUBLIC_KEY), ("not_before", DATE)),
    ),
    ("recovery_cancelled", Struct(("recovery", ENTRY_INDEX))),
    ("recovery_completed", Struct(("recovery", ENTRY_INDEX))),
    ("article6_adopted", ARTICLE6),
    ("authorisation_detailed", AUTHORISATION_DETAILS),
    ("authorisation_changed", AUTHORISATION_CHANGE),
    ("authorisation_revoked", AUTHORISATION_REVOCATION),
    ("adjustment_confirmed", CONFIRMATION),
    ("confirmation_withdrawn", Struct(("confirmation", ENTRY_INDEX))),
    ("use_stated", USE_DETAILS),
)

SIGNED_COMMAND = Struct(
    ("payload", Blob()),
    ("signatures", Vec(Struct(("key", PUBLIC_KEY), ("signature", SIGNATURE)))),
)

ENTRY = Struct(
    ("version", Checked(U8(), lambda version: version == 1, "format version 1")),
    ("index", ENTRY_INDEX),
    ("prev", DIGEST),
    ("time", TIMESTAMP),
    ("rule_set", U32),
    ("command", SIGNED_COMMAND),
    ("event", Vec(EFFECT)),
)


def decode_entry(data):
    """One entry, of which `data` must be the canonical encoding."""
    require(len(data) <= ENTRY_BYTES_MAX, "an entry has more than 65,535 bytes", 0)
    reader = Reader(data)
    entry = ENTRY.decode(reader)
    require(reader.done(), "bytes are left over after the entry", reader.at)
    # The checks above leave one encoding for each value. If they did not, this
    # would tell.
    require(ENTRY.encode(entry) == data, "the entry encodes to other bytes", 0)
    return entry


# The header of a command, as far as a reader of the log needs it.

BODIES = {
    16: "Genesis",
    17: "RegisterKey",
    18: "RevokeKey",
    19: "AppointOperator",
    20: "RemoveOperator",
    21: "RecordPayment",
    22: "ApplyPayment",
    23: "ApplyAccount",
    24: "OpenAccount",
    25: "RegisterProject",
    26: "RecordAuthorisation",
    27: "ConsentIssuance",
    28: "RecordIssuance",
    29: "ApplyTransfer",
    30: "RecordTransfer",
    31: "WithdrawApplication",
    32: "RequestCertificate",
    33: "IssueCertificate",
    34: "AdoptRules",
    35: "AdoptCalendar",
    36: "OpenGovernmentAccount",
    37: "RegisterProponent",
    38: "ApplyIndividualAccount",
    39: "NotifyChange",
    40: "ApplyClosing",
    41: "RecordApplication",
    42: "RequestCompletion",
    43: "CompleteApplication",
    44: "RefuseApplication",
    45: "LapseApplication",
    46: "SubmitPaymentProof",
    47: "ImportStatement",
    48: "ApplyPayments",
    49: "Refund",
    50: "RecordRestriction",
    51: "ReleaseRestriction",
    52: "ApplyTrust",
    53: "RecordCommission",
    54: "RecordCorrection",
    55: "SetAcceptance",
    56: "AcceptTransfer",
    57: "CloseBooks",
    58: "EraseData",
    59: "AdoptSafeguards",
    60: "SetMandate",
    61: "TrustAccount",
    62: "DistrustAccount",
    63: "FreezeAccount",
    64: "UnfreezeAccount",
    65: "RequestRecovery",
    66: "CancelRecovery",
    67: "CompleteRecovery",
    68: "AdoptArticle6",
    69: "ChangeAuthorisation",
    70: "RevokeAuthorisation",
    71: "ConfirmAdjustment",
    72: "WithdrawConfirmation",
    73: "ApplyTransfers",
    74: "RecordIssuances",
}


def wire_varint(reader):
    at = reader.at
    value = 0
    for shift in range(0, 70, 7):
        byte = reader.take(1)[0]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            require(byte != 0 or shift == 0, "a protobuf integer is longer than needed", at)
            require(value < 1 << 64, "a protobuf integer has more than 64 bits", at)
            return value
    raise Fault("a protobuf integer has more than ten bytes", at)


def decode_header(payload):
    """Header and kind of the command that `payload` is."""
    require(len(payload) <= PAYLOAD_BYTES_MAX, "a payload has more than 32,768 bytes")
    reader = Reader(payload)
    fields = {}
    last = 0
    while not reader.done():
        at = reader.at
        number, wire = divmod(wire_varint(reader), 8)
        require(number > last, "a command's fields are not ascending", at)
        last = number
        require(number in (1, 2, 3, 4) or number in BODIES, "a command has an unknown field", at)
        require(wire == (0 if number == 3 else 2), "a command's field has another type", at)
        if wire == 0:
            fields[number] = wire_varint(reader)
        else:
            fields[number] = reader.take(wire_varint(reader))
        require(number in BODIES or fields[number], "a command's field is at its default", at)
    bodies = [number for number in fields if number in BODIES]
    require(len(bodies) == 1, "a command does not have exactly one body")
    require(fields.get(1), "a command names no registry")
    try:
        registry = fields[1].decode("ascii")
    except UnicodeDecodeError:
        raise Fault("a command's registry is not an origin") from None
    require(ORIGIN.rule(registry), "a command's registry is not an origin")
    require(len(fields.get(2, b"")) == 16, "a command's id does not have 16 bytes")
    require(0 < fields.get(3, 0) <= TIME_MS_MAX, "a command's validity is out of range")
    require(len(fields.get(4, b"")) in (0, 32), "a command's effect digest is no digest")
    return {
        "registry": registry,
        "id": fields[2].hex(),
        "valid_until": show_time(fields[3]),
        "effect_digest": fields[4].hex() if 4 in fields else None,
        "body": BODIES[bodies[0]],
    }


# Frames, checkpoints and the tree.


class Frontier:
    """The complete subtrees of a Merkle tree, the largest first."""

    def __init__(self):
        self.size = 0
        self.subtrees = []

    def push(self, leaf):
        node = leaf
        size = self.size
        while size & 1:
            node = sha256(b"\x01", self.subtrees.pop(), node)
            size >>= 1
        self.subtrees.append(node)
        self.size += 1

    def root(self):
        if not self.subtrees:
            return sha256()
        node = self.subtrees[-1]
        for left in reversed(self.subtrees[:-1]):
            node = sha256(b"\x01", left, node)
        return node


def canonical_base64(text):
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError, ValueError):
        raise Fault("a checkpoint holds something that is not base64") from None
    require(base64.b64encode(data).decode("ascii") == text, "base64 is not canonical")
    return data


def decode_checkpoint(data):
    """Origin, size, root and signature lines of a checkpoint; nothing verified."""
    try:
        note = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Fault("a checkpoint is not UTF-8") from None
    require(all(c == "\n" or c >= " " for c in note), "a checkpoint has a control character")
    text, blank, lines = note.rpartition("\n\n")
    require(blank and lines.endswith("\n"), "a checkpoint is not a signed note")
    parts = text.split("\n")
    require(len(parts) == 3, "a checkpoint does not have three lines")
    origin, size, root = parts
    require(ORIGIN.rule(origin), "a checkpoint's origin is none")
    require(re.fullmatch("0|[1-9][0-9]{0,19}", size), "a checkpoint's size is no number")
    root = canonical_base64(root)
    require(len(root) == 32, "a checkpoint's root is no digest")
    signatures = []
    for line in lines[:-1].split("\n"):
        require(line.startswith("\u2014 "), "a signature line does not begin with a dash")
        name, space, signature = line[2:].partition(" ")
        good_name = name and "+" not in name and not any(c.isspace() for c in name)
        require(space and good_name, "a signature line names no key")
        signature = canonical_base64(signature)
        require(len(signature) >= 5, "a signature is too short")
        signatures.append((name, signature[:4], signature[4:]))
    require(len(signatures) <= NOTE_SIGNATURES_MAX, "a checkpoint has too many signatures")
    return origin, int(size), root, signatures


def uint(reader, width):
    return int.from_bytes(reader.take(width), "little")


def read_frames(data):
    """The frames of one file: offset, first index, entries, checkpoint."""
    reader = Reader(data)
    require(reader.take(len(MAGIC)) == MAGIC, "the file does not begin as a log does", 0)
    while not reader.done():
        start = reader.at
        length = reader.take(4)
        check = reader.take(8)
        size = int.from_bytes(length, "little")
        require(size <= FRAME_BYTES_MAX, "a frame's length is impossible", start)
        body = reader.take(size)
        require(sha256(length, body)[:8] == check, "a frame does not match its check", start)
        yield read_frame(body, start)


def read_frame(body, start):
    try:
        reader = Reader(body)
        first = uint(reader, 8)
        count = uint(reader, 4)
        require(1 <= count <= BATCH_ENTRIES_MAX, "a frame has an impossible number of entries")
        require(first + count <= 2**64 - 2, "a frame stands where no log can come to")
        entries = []
        for _ in range(count):
            length = uint(reader, 4)
            require(length <= ENTRY_BYTES_MAX, "an entry has more than 65,535 bytes")
            at = reader.at
            # 12 bytes of the frame stand before its body.
            entries.append((start + 12 + at, reader.take(length)))
        length = uint(reader, 4)
        require(length <= CHECKPOINT_BYTES_MAX, "a checkpoint is too long")
        checkpoint = reader.take(length)
        require(reader.done(), "bytes are left over after a frame's checkpoint")
        return start, first, entries, checkpoint
    except Fault as fault:
        fault.offset = start
        raise


class Log:
    """What is known of the log after the entries read so far."""

    def __init__(self, on_entry):
        self.on_entry = on_entry
        self.tree = Frontier()
        self.prev = bytes(32)
        self.time = 0
        self.origin = None
        self.key_id = None
        self.frames = 0

    def read_file(self, data):
        for start, first, entries, checkpoint in read_frames(data):
            require(first == self.tree.size, "a frame does not begin where the log ends", start)
            for offset, entry in entries:
                try:
                    self.read_entry(entry)
                except Fault as fault:
                    fault.offset = offset + (fault.offset or 0)
                    fault.entry = self.tree.size
                    raise
            try:
                self.read_checkpoint(checkpoint)
            except Fault as fault:
                fault.offset = start
                fault.entry = self.tree.size - 1
                raise
            self.frames += 1

    def read_entry(self, data):
        entry = decode_entry(data)
        index = self.tree.size
        require(entry["index"] == index, "an entry has another index than its position")
        require(entry["prev"] == self.prev, "an entry does not name the hash of the one before")
        require(entry["time"] >= self.time, "an entry is older than the one before")
        require((entry["rule_set"] == 0) == (index == 0), "only entry 0 has rule set 0")
        signatures = entry["command"]["signatures"]
        require(1 <= len(signatures) <= SIGNATURES_MAX, "a command needs 1 to 8 signatures")
        keys = {signature["key"] for signature in signatures}
        require(len(keys) == len(signatures), "a key signed a command twice")
        try:
            header = decode_header(entry["command"]["payload"])
        except Fault as fault:
            # Its offset is one in the payload, which would mislead.
            raise Fault(fault.what) from None
        if index == 0:
            self.read_genesis(entry)
        require(header["registry"] == self.origin, "a command is for another registry")
        leaf = sha256(b"\x00", data)
        self.on_entry(entry, leaf, header)
        self.tree.push(leaf)
        self.prev = leaf
        self.time = entry["time"]

    def read_genesis(self, entry):
        require(entry["event"] and entry["event"][0][0] == 0, "entry 0 creates no registry")
        created = entry["event"][0][1]
        self.origin = created["origin"]
        name = self.origin.encode("ascii")
        self.key_id = sha256(name, b"\n\x01", created["log_key"])[:4]

    def read_checkpoint(self, note):
        origin, size, root, signatures = decode_checkpoint(note)
        require(origin == self.origin, "a checkpoint is of another log")
        require(size == self.tree.size, "a checkpoint has another size than the log")
        require(root == self.tree.root(), "a checkpoint has another root than the entries")
        signed = any(
            name == self.origin and key_id == self.key_id and len(signature) == 64
            for name, key_id, signature in signatures
        )
        require(signed, "a checkpoint has no signature by the log's key")


def segments(path):
    """The files of a log with the index that their names claim, in order."""
    if not os.path.isdir(path):
        return [(path, None)]
    names = sorted(name for name in os.listdir(path) if name.endswith(".seg"))
    require(names, "the folder holds no segment")
    for name in names:
        require(re.fullmatch(r"[0-9]{20}\.seg", name), "%s is no segment's name" % name)
    return [(os.path.join(path, name), int(name[:20])) for name in names]


def read_into(log, path):
    for file, first in segments(path):
        try:
            with open(file, "rb") as opened:
                data = opened.read()
            require(first in (None, log.tree.size), "a segment is missing before this one", 0)
            log.read_file(data)
        except Fault as fault:
            fault.file = os.path.basename(file)
            raise
    require(log.tree.size, "the log has no entry")


def read_log(path, on_entry):
    log = Log(on_entry)
    read_into(log, path)
    return {
        "origin": log.origin,
        "entries": log.tree.size,
        "frames": log.frames,
        "root": log.tree.root().hex(),
        "last_leaf": log.prev.hex(),
    }


def print_json(value):
    print(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def print_entry_json(entry, leaf, header):
    print_json({"entry": ENTRY.json(entry), "leaf": leaf.hex(), "command": header})


def print_entry_line(entry, leaf, header):
    effects = ", ".join(EFFECT.variants[number][0] for number, _ in entry["event"])
    time = show_time(entry["time"])
    print("%d %s %s: %s" % (entry["index"], time, header["body"], effects or "nothing"))


def judge_entries(path):
    """For each line: the entry that it is in hexadecimal, or what is wrong with it."""
    with open(path, encoding="ascii") as lines:
        for line in lines:
            try:
                data = bytes.fromhex(line.strip())
                entry = decode_entry(data)
                print_json({"entry": ENTRY.json(entry), "leaf": sha256(b"\x00", data).hex()})
            except Fault as fault:
                print_json({"fault": {"offset": fault.offset, "what": fault.what}})


def show_log(path, as_json):
    """Prints one log, and tells whether it is without fault."""
    try:
        summary = read_log(path, print_entry_json if as_json else print_entry_line)
    except Fault as fault:
        place = {"file": fault.file, "offset": fault.offset, "entry": fault.entry}
        if as_json:
            print_json({"fault": {"what": fault.what, **place}})
        else:
            told = ", ".join("%s %s" % item for item in place.items() if item[1] is not None)
            print("fault: %s (%s)" % (fault.what, told or path))
        return False
    if as_json:
        print_json({"summary": summary})
    else:
        print("well-formed: %(entries)d entries in %(frames)d frames, root %(root)s" % summary)
    return True


def main():
    parser = argparse.ArgumentParser(description="A second decoder of the JCM registry's log.")
    parser.add_argument("--json", action="store_true", help="print JSON, one object on a line")
    parser.add_argument("--entries", action="store_true", help="judge hexadecimal entries")
    parser.add_argument("path", nargs="+", help="export file, first segment, folder of segments")
    call = parser.parse_args()
    sys.stdout.reconfigure(encoding="utf-8")
    try:
        if call.entries:
            for path in call.path:
                judge_entries(path)
            return 0
        good = [show_log(path, call.json) for path in call.path]
        return 0 if all(good) else 1
    except OSError as error:
        print("cannot read: %s" % error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
