"""The lines under the state digest, from a state (docs/spec/commands.md, State digest)."""

from jcm_decode import sha256
from jcm_state import TOTALS
from jcm_units import on, show

PUBLISHED = ("name_ja", "name_en", "head_office_ja", "head_office_en")


def stretches(kind, units, by_value=False):
    """`<range> <value>` of each stretch, or `<value> <range>`, then sorted so."""
    found = [(value, block, first, last) for block, first, last, value in units.joined()]
    for value, block, first, last in sorted(found, key=lambda f: f if by_value else f[1:]):
        shown = " ".join(map(str, value)) if isinstance(value, tuple) else value
        text = "%d:%d-%d" % (block, first, last)
        yield "%s %s %s" % ((kind, shown, text) if by_value else (kind, text, shown))


def rule_lines(state):
    rules = state.rules
    yield "rules %d %d %d %s %s %s %s" % (
        rules["version"],
        rules["payment_days"],
        rules["examination_days"],
        on(rules["transferee_acceptance"]),
        rules["shk_issued_until"],
        rules["shk_public_input_until"],
        rules["identification"],
    )
    for fee in sorted(rules["fees"], key=lambda fee: fee["from"]):
        yield (
            "fee %(from)s %(account_opening_fee_yen)d %(transfer_fee_yen)d"
            " %(certificate_fee_yen)d" % fee
        )
    if rules["invoice"]:
        invoice = rules["invoice"]
        number = show(invoice["registration_number"])
        yield "invoice %d %s %s" % (invoice["tax_percent"], number, invoice["name"])
    for (country, year), days in sorted(state.calendars.items()):
        yield "calendar %s %d %s" % (country, year, ",".join(days) or "-")


def people_lines(state):
    for key, known in sorted(state.keys.items()):
        yield "key %s %s %s" % (key, known["role"], "valid" if known["valid"] else "revoked")
    for person in sorted(state.operators):
        yield "operator %s" % person
    for number, account in sorted(state.accounts.items()):
        status = "open" if account["open"] else "closed"
        person = show(account["person"])
        yield "account %s %s %s %s %s" % (
            number, account["category"], person, status, account["acceptance"]
        )
    for number, account in sorted(state.accounts.items()):
        holder = account["holder"]
        if holder:
            published = "-"
            if holder["published"]:
                names = [holder["published"][name] or "" for name in PUBLISHED]
                published = sha256("".join(name + "\n" for name in names).encode()).hex()
            yield "holder %s %s %s" % (number, holder["commitment"], published)


def unit_lines(state):
    yield from stretches("holding", state.holdings, by_value=True)
    yield from stretches("reserved", state.reserved)
    for entry, trust in sorted(state.trusts.items()):
        trustee = "dismissed" if trust["dismissed"] else "present"
        yield "trust %d %s %s %s" % (entry, trust["account"], trust["details"], trustee)
    yield from stretches("in-trust", state.in_trust)
    for entry, of in sorted(state.restrictions.items()):
        ranges = ",".join(of["ranges"]) if of["ranges"] else "account"
        yield "restriction %d %s %s" % (entry, of["account"], ranges)


def project_lines(state):
    for reference in sorted(state.projects):
        yield "project %s" % reference
    for project, person in sorted(state.proponents):
        yield "proponent %s individual:%s" % (project, person)
    if state.article6:
        article6 = state.article6
        yield "article6 %s %d %d %s %s %s" % (
            article6["registry"],
            article6["ndc_first_year"],
            article6["ndc_last_year"],
            on(article6["oimp_needs_authorisation"]),
            show(article6["gx_ets_cap_basis_points"]),
            article6["identifiers"],
        )
    for entry, known in sorted(state.authorisations.items()):
        status = "valid" if known["valid"] else "revoked"
        yield (
            "authorisation %d %%(party)s %%(id)s %%(version)d %%(version_entry)d %%(tonnes)d"
            " %%(used)d %s" % (entry, status) % known
        )
    for number, block in sorted(state.blocks.items()):
        yield (
            "block %d %%(project)s %%(vintage)d %%(issued_on)s %%(class)s %%(tonnes)d" % number % block
        )


def article6_lines(state):
    yield from stretches("first-transferred", state.first_transferred)
    for block, first, last, (approach, registry, party, ahead) in state.itmos.joined():
        text = "%d:%d-%d" % (block, first, last)
        yield "itmo %s %s %s %s %d" % (text, approach, registry, party, first + ahead)
    for count, serial in sorted(state.itmo_next.items()):
        yield "itmo-next %s %s %s %d" % (*count, serial)
    for key, booked in sorted(state.adjustments.items()):
        yield "adjustment %s %d %d %d %d" % (*key, booked["tonnes"], booked["confirmed"])
    for entry, confirmation in sorted(state.confirmations.items()):
        yield "confirmation %d %s %d %d %d" % (entry, *confirmation)


def mandate_text(mandate):
    limits = ("per_transfer_tonnes", "per_day_tonnes", "per_untrusted_tonnes")
    return ",".join([mandate["control"], *(show(mandate[limit]) for limit in limits)])


def safeguard_lines(state):
    if state.safeguards:
        of = state.safeguards
        yield "safeguards %s %s %s %d %d %d %d %d %s" % (
            mandate_text(of["default_mandate"]),
            show(of["central_untrusted_tonnes"]),
            on(of["delays"]),
            of["cutoff_hour"],
            of["early_days"],
            of["late_days"],
            of["trust_days"],
            of["recovery_days"],
            on(of["pinned"]),
        )
    for account in sorted(state.mandates):
        for day, mandate in state.mandates_of(account):
            yield "mandate %s %s %s" % (account, mandate_text(mandate), day)
    for (account, trusted), day in sorted(state.trusted.items()):
        yield "trusted %s %s %s" % (account, trusted, day)
    for account in sorted(state.frozen):
        yield "frozen %s" % account
    for entry, recovery in sorted(state.recoveries.items()):
        yield "recovery %d representative:%%(representative)s %%(key)s %%(first_day)s" % entry % recovery
    for account, (day, tonnes) in sorted(state.outgoing.items()):
        yield "outgoing %s %s %d" % (account, day, tonnes)


def application_line(entry, of):
    completion = consent = first_day = "-"
    if of["status"] == "open":
        completion = "awaited:" + of["awaited"] if of["awaited"] else "complete"
        consent, first_day = of["consent"], show(of["first_day"])
    return "application %d %s %s %d %d %d %s %s %s" % (
        entry,
        of["kind"],
        of["status"],
        of["due"],
        of["settled"],
        of["refunded"],
        completion,
        consent,
        first_day,
    )


def digest_lines(state):
    yield "jcm-state/v4"
    yield "entries %d" % state.entries
    for lines in (rule_lines, people_lines, unit_lines, project_lines, article6_lines):
        yield from lines(state)
    for (entry, line), payment in sorted(state.payments.items()):
        payment_id = "%d/%d" % (entry, line) if line else str(entry)
        yield "payment %s %d %d" % (payment_id, payment["yen"], payment["left"])
    for statement in sorted(state.statements):
        yield "statement %s" % statement
    yield from safeguard_lines(state)
    for entry, application in sorted(state.applications.items()):
        yield application_line(entry, application)
    for year, book in sorted(state.books.items()):
        totals = " ".join(str(book[name]) for name in TOTALS)
        yield "books %d %s %s" % (year, "open" if book["open"] else "closed", totals)
    for commitment in sorted(state.erased):
        yield "erased %s" % commitment


def state_digest(lines):
    return sha256("".join(line + "\n" for line in lines).encode()).hex()
