"""What a command does, read from the bytes that its digest pins (docs/spec/entry.md).

Only the effects that a command of these examples can have are in the table. A client
that meets another one does not understand what it is asked to sign, and does not sign."""

from receipt import Reader, Refused, refuse_unless


# Each reader of a type takes a `Reader` and gives a value.


def number(reader):
    return reader.varint()


def boolean(reader):
    value = reader.take(1)[0]
    refuse_unless(value <= 1, "a truth value is malformed")
    return value == 1


def digest(reader):
    return reader.take(32).hex()


def country(reader):
    return reader.take(2).decode("ascii", "replace")


def text(reader):
    try:
        return reader.byte_string().decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("a text is not UTF-8") from None


def option(item):
    return lambda reader: item(reader) if boolean(reader) else None


def several(item):
    return lambda reader: [item(reader) for _ in range(reader.varint())]


def struct(**fields):
    return lambda reader: {name: field(reader) for name, field in fields.items()}


def choice(*variants):
    """An enum. A variant is a name, or a name and the type of what it holds."""

    def read(reader):
        chosen = reader.varint()
        refuse_unless(chosen < len(variants), "a variant is not known")
        if isinstance(variants[chosen], str):
            return variants[chosen]
        name, held = variants[chosen]
        return {name: held(reader)}

    return read


PERSON = choice(
    ("corporation", number),
    ("foreign_corporation", struct(country=country, number=text)),
    ("individual", digest),
)
HOLDER = struct(
    name_ja=option(text), name_en=text, head_office_ja=option(text), head_office_en=text
)
FEE = choice(("due", number), "waived", "not_chargeable", "not_an_application")
RANGE = struct(block=number, first=number, last=number)
PURPOSE = choice("retirement", "cancellation", "other")
USE = struct(
    kind=choice(
        "ndc", "shk", "gx_ets", "voluntary", "international_mitigation", "other", "other_purposes", "omge"
    ),
    reporting_year=option(number),
    beneficiary=option(text),
)
TERMS = struct(
    source=number,
    destination=number,
    ranges=several(RANGE),
    purpose=PURPOSE,
    gratuitous=boolean,
    use_=option(USE),
)
DATE = struct(year=number, month=lambda r: r.take(1)[0], day=lambda r: r.take(1)[0])

EFFECTS = {
    8: ("payment_applied", struct(payment=number, application=option(number), amount_yen=number)),
    9: (
        "account_applied",
        struct(
            person=PERSON,
            holder=HOLDER,
            particulars=digest,
            attachments=several(digest),
            representative=digest,
            fee=FEE,
        ),
    ),
    17: ("first_transferred", struct(range=RANGE, japan=number, partner=number)),
    18: ("transfer_applied", struct(terms=TERMS, fee=FEE)),
    19: ("transfer_recorded", struct(application=option(number))),
    20: (
        "adjustment_booked",
        struct(
            partner=country,
            vintage=number,
            quantity_tonnes=number,
            japan_authorisation=number,
            partner_authorisation=number,
        ),
    ),
    38: (
        "payment_line_applied",
        struct(
            payment=struct(entry=number, line=number),
            application=option(number),
            amount_yen=number,
        ),
    ),
    61: ("transfer_delayed", struct(not_before=DATE)),
}


def read_event(data):
    """The effects in their order: name and fields of each."""
    reader = Reader(data)
    effects = []
    for _ in range(reader.varint()):
        variant = reader.varint()
        refuse_unless(variant in EFFECTS, f"effect {variant} is none that this client knows")
        name, fields = EFFECTS[variant]
        effects.append((name, fields(reader)))
    refuse_unless(reader.at == len(data), "bytes are left over behind the effects")
    return effects
