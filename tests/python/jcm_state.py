"""The registry's state, from the effects of its entries (docs/spec/commands.md).

Written from that page and entry.md alone; jcm_replay.py feeds it. What stands in the
fields of effects here is their JSON (entry.md, 6): text forms, names of variants.
"""

from jcm_decode import require
from jcm_units import UnitEffects, Units

TOTALS = (
    "entries received recorded refused withdrawn lapsed payments_yen account_opening_fees_yen"
    " transfer_fees_yen certificate_fees_yen refunded_yen issued_tonnes transferred_tonnes"
    " retired_tonnes cancelled_tonnes corrected_tonnes"
).split()

FEE_TOTALS = {
    "account": "account_opening_fees_yen",
    "transfer": "transfer_fees_yen",
    "certificate": "certificate_fees_yen",
}


class State(UnitEffects):
    """Everything that the state digest covers."""

    def __init__(self):
        self.entries = 0
        self.today = None
        self.rules = self.article6 = self.safeguards = None
        self.calendars, self.keys, self.operators = {}, {}, set()
        self.accounts, self.holdings, self.reserved = {}, Units(), Units()
        self.trusts, self.in_trust, self.restrictions = {}, Units(), {}
        self.projects, self.proponents = set(), set()
        self.authorisations, self.versions = {}, {}
        self.blocks, self.first_transferred = {}, Units()
        self.itmos, self.itmo_next = Units(), {}
        self.adjustments, self.confirmations = {}, {}
        self.payments, self.statements = {}, set()
        self.mandates, self.trusted, self.frozen = {}, {}, set()
        self.recoveries, self.outgoing = {}, {}
        self.applications, self.books, self.erased = {}, {}, set()
        # Of the entry that is being applied.
        self.entry, self.current, self.terms, self.issued_for = None, None, None, None

    def apply(self, index, day, effects):
        """Applies the effects of one entry, recorded on this day in Japan."""
        self.entry, self.today = index, day
        self.current = self.terms = self.issued_for = None
        self.count("entries", 1)
        for effect in effects:
            ((name, held),) = effect.items()
            getattr(self, "on_" + name)(**held)
        self.entries += 1

    def year(self):
        """The financial year of the entry: from April to March."""
        return int(self.today[:4]) - (self.today[5:7] < "04")

    def count(self, total, more):
        book = self.books.setdefault(self.year(), {"open": True, **dict.fromkeys(TOTALS, 0)})
        book[total] += more

    # Rule data, keys and operators.

    def on_registry_created(self, origin, log_key):
        pass

    def on_rule_set_adopted(self, rule_set):
        fees = {name: yen for name, yen in rule_set.items() if name != "version"}
        self.rules = {
            "version": rule_set["version"],
            "fees": [{"from": "1970-01-01", **fees}],
            "payment_days": 20,
            "examination_days": 10,
            "transferee_acceptance": False,
            "shk_issued_until": "2025-03-31",
            "shk_public_input_until": "2025-03-31",
            "identification": "JP-{project}-{vintage}-{block}-{unit}",
            "invoice": None,
        }

    def on_rules_adopted(self, rules):
        self.rules = rules

    def on_calendar_adopted(self, country, year, holidays):
        self.calendars[country, year] = holidays

    def on_safeguards_adopted(self, safeguards):
        self.safeguards = safeguards

    def on_article6_adopted(self, **adopted):
        first_time, self.article6 = self.article6 is None, adopted
        if first_time:
            for block, first, last, pair in list(self.first_transferred.joined()):
                self.identify("%d:%d-%d" % (block, first, last), pair)

    def on_key_registered(self, key, role):
        require(key not in self.keys, "a key is registered twice")
        ((name, held),) = role.items()
        if name == "representative":
            held = "%(account)s:%(person)s:%(power)s" % held
        self.keys[key] = {"role": "%s:%s" % (name, held), "valid": True}

    def on_key_revoked(self, key):
        require(self.key_counts(key), "a key is revoked that does not count")
        self.keys[key]["valid"] = False

    def key_counts(self, key):
        return key in self.keys and self.keys[key]["valid"]

    def on_operator_appointed(self, person):
        require(person not in self.operators, "an operator is appointed twice")
        self.operators.add(person)

    def on_operator_removed(self, person):
        require(person in self.operators, "somebody is removed who is no operator")
        self.operators.remove(person)

    # Applications.

    def applied(self, kind, fee=None, **more):
        """A new application of this entry; of several transfers, one with the sums."""
        self.count("received", 1)
        due = fee["due"] if isinstance(fee, dict) else 0
        known = self.applications.get(self.entry)
        if known:
            require(kind == known["kind"] == "transfer", "an entry holds two applications")
            require(known["status"] == "recorded", "a part of several transfers waits")
            known["due"] += due
            known.update(more)
            known["status"] = "open"
        else:
            self.applications[self.entry] = {
                "kind": kind,
                "status": "open",
                "due": due,
                "settled": 0,
                "refunded": 0,
                "awaited": None,
                "consent": "none",
                "first_day": None,
                **more,
            }
        self.current = self.entry

    def application(self, entry):
        entry = self.current if entry is None else entry
        require(entry in self.applications, "an effect names an unknown application")
        return entry, self.applications[entry]

    def close(self, entry, status, *kinds):
        entry, application = self.application(entry)
        require(application["status"] == "open", "an application is closed twice")
        require(not kinds or application["kind"] in kinds, "an application is of another kind")
        application["status"] = status
        self.count(status, 1)
        for text in application.get("reserves", ()):
            self.reserved.cut_all(text, entry, "not reserved by its application")
        return application

    def reserve(self, ranges):
        for text in ranges:
            self.reserved.put(text, self.entry, "reserved by two applications")
        self.applications[self.entry]["reserves"] = ranges

    def on_application_withdrawn(self, application):
        self.close(application, "withdrawn")

    def on_application_refused(self, application, ground, explanation):
        self.close(application, "refused")

    def on_application_lapsed(self, application, ground):
        self.close(application, "lapsed")

    def on_completion_requested(self, application, items, due):
        self.application(application)[1]["awaited"] = due

    def on_application_completed(self, application, attachments):
        self.application(application)[1]["awaited"] = None

    # Money.

    def on_payment_recorded(self, bank_reference, amount_yen, value_date, account, payer):
        self.paid(0, amount_yen)

    def on_statement_imported(self, statement, payers, payments):
        require(statement not in self.statements, "a statement is imported twice")
        self.statements.add(statement)
        for line, payment in enumerate(payments, 1):
            self.paid(line, payment["amount_yen"])

    def paid(self, line, yen):
        self.payments[self.entry, line] = {"yen": yen, "left": yen}
        self.count("payments_yen", yen)

    def spend(self, payment, yen):
        entry, _, line = payment.partition("/")
        known = self.payments.get((int(entry), int(line or 0)))
        require(known, "an effect names an unknown payment")
        require(yen <= known["left"], "more is taken from a payment than is left of it")
        known["left"] -= yen

    def on_payment_applied(self, payment, application, amount_yen):
        self.on_payment_line_applied(str(payment), application, amount_yen)

    def on_payment_line_applied(self, payment, application, amount_yen):
        self.spend(payment, amount_yen)
        _, paid_for = self.application(application)
        paid_for["settled"] += amount_yen
        require(paid_for["settled"] <= paid_for["due"], "more is paid for an application than due")
        self.count(FEE_TOTALS[paid_for["kind"]], amount_yen)

    def on_payment_proof_submitted(self, application, document):
        self.application(application)

    def on_refunded(self, source, amount_yen, bank_reference):
        ((kind, held),) = source.items()
        if kind == "payment":
            self.spend(held, amount_yen)
        else:
            _, application = self.application(held)
            application["refunded"] += amount_yen
            enough = application["refunded"] <= application["settled"]
            require(enough, "more is paid back than was paid")
        self.count("refunded_yen", amount_yen)

    def on_books_closed(self, year, totals):
        book = self.books.setdefault(year, {"open": True, **dict.fromkeys(TOTALS, 0)})
        require(book["open"], "books are closed twice")
        book["open"] = False
        require(all(book[name] == totals[name] for name in TOTALS), "books state other sums")

    # Accounts.

    def open(self, number, category, person=None, holder=None):
        require(number not in self.accounts, "an account is opened twice")
        self.accounts[number] = {
            "category": category.replace("_", "-"),
            "person": person,
            "holder": holder,
            "open": True,
            "acceptance": "anybody",
        }

    def account(self, number):
        known = self.accounts.get(number)
        require(known and known["open"], "%s is no account, or closed" % number)
        return known

    def on_government_account_opened(self, account, category):
        self.open(account, category)

    def on_government_account_named(self, account, name_ja, name_en):
        self.account(account)

    def on_account_applied(self, person, holder, particulars, attachments, representative, fee):
        ((kind, held),) = person.items()
        person = "JP:" + held if kind == "corporation" else "%(country)s:%(number)s" % held
        new = {"commitment": particulars, "published": holder}
        self.applied("account", fee, person=person, holder=new, key=representative)

    def on_individual_applied(self, person, particulars, attachments, representative, fee):
        new = {"commitment": particulars, "published": None}
        person = "individual:" + person
        self.applied("account", fee, person=person, holder=new, key=representative)

    def on_account_opened(self, application, account):
        of = self.close(application, "recorded", "account")
        self.open(account, "entity", of["person"], of["holder"])

    def on_change_notified(self, account, change, attachments):
        self.applied("change")

    def on_particulars_changed(self, application, account, change):
        if application is not None:
            self.close(application, "recorded", "change")
        holder = self.account(account)["holder"]
        require(holder, "particulars of an account without a holder")
        for name, new in (("published", change["holder"]), ("commitment", change["particulars"])):
            holder[name] = holder[name] if new is None else new

    def on_closing_applied(self, account, attachments):
        self.applied("closing")

    def on_account_closed(self, application, account):
        self.close(application, "recorded", "closing")
        self.account(account)["open"] = False
        held = [stretch for stretch in self.holdings.joined() if stretch[3] == account]
        require(not held, "an account is closed that holds units")
        self.mandates.pop(account, None)
        self.trusted = {pair: day for pair, day in self.trusted.items() if account not in pair}
        of = {entry for entry, r in self.recoveries.items() if r["account"] == account}
        for entry in of:
            del self.recoveries[entry]

    def on_acceptance_set(self, account, acceptance):
        if isinstance(acceptance, dict):
            acceptance = "listed:" + ",".join(acceptance["listed"])
        self.account(account)["acceptance"] = acceptance

    # Safeguards.

    def on_mandate_set(self, account, mandate, effective):
        self.account(account)
        kept = self.mandates_of(account)[:1]
        kept = [old for old in kept if old[0] <= self.today and old[0] < effective]
        self.mandates[account] = kept + [(effective, mandate)]

    def mandates_of(self, account):
        """The mandate in force today and the one to come, as far as there are any."""
        known = self.mandates.get(account, [])
        begun = [mandate for mandate in known if mandate[0] <= self.today]
        return begun[-1:] + [mandate for mandate in known if mandate[0] > self.today]

    def on_trusted_added(self, account, trusted, effective):
        self.trusted[account, trusted] = effective

    def on_trusted_removed(self, account, trusted):
        require((account, trusted) in self.trusted, "an account is not on a trusted list")
        del self.trusted[account, trusted]

    def on_account_frozen(self, account):
        self.frozen.add(account)

    def on_account_unfrozen(self, account):
        require(account in self.frozen, "an account is unfrozen that is not frozen")
        self.frozen.remove(account)

    def on_recovery_requested(self, representative, key, not_before):
        text = "%(account)s:%(person)s:%(power)s" % representative
        self.recoveries[self.entry] = {
            "account": representative["account"],
            "representative": text,
            "key": key,
            "first_day": not_before,
        }

    def on_recovery_cancelled(self, recovery):
        require(self.recoveries.pop(recovery, None), "a recovery is not open")

    def on_recovery_completed(self, recovery):
        self.on_recovery_cancelled(recovery)
