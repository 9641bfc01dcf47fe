"""Units, and what effects do to them: issuances, Article 6, transfers, trusts.

The half of the state in jcm_state.py that is about units; see there.
"""

import bisect

from jcm_decode import require

# entry.md, the Party of a Country.
PARTIES = """
AD AND, AE ARE, AF AFG, AG ATG, AI AIA, AL ALB, AM ARM, AO AGO, AQ ATA, AR ARG, AS ASM, AT AUT,
AU AUS, AW ABW, AX ALA, AZ AZE, BA BIH, BB BRB, BD BGD, BE BEL, BF BFA, BG BGR, BH BHR, BI BDI,
BJ BEN, BL BLM, BM BMU, BN BRN, BO BOL, BQ BES, BR BRA, BS BHS, BT BTN, BV BVT, BW BWA, BY BLR,
BZ BLZ, CA CAN, CC CCK, CD COD, CF CAF, CG COG, CH CHE, CI CIV, CK COK, CL CHL, CM CMR, CN CHN,
CO COL, CR CRI, CU CUB, CV CPV, CW CUW, CX CXR, CY CYP, CZ CZE, DE DEU, DJ DJI, DK DNK, DM DMA,
DO DOM, DZ DZA, EC ECU, EE EST, EG EGY, EH ESH, ER ERI, ES ESP, ET ETH, FI FIN, FJ FJI, FK FLK,
FM FSM, FO FRO, FR FRA, GA GAB, GB GBR, GD GRD, GE GEO, GF GUF, GG GGY, GH GHA, GI GIB, GL GRL,
GM GMB, GN GIN, GP GLP, GQ GNQ, GR GRC, GS SGS, GT GTM, GU GUM, GW GNB, GY GUY, HK HKG, HM HMD,
HN HND, HR HRV, HT HTI, HU HUN, ID IDN, IE IRL, IL ISR, IM IMN, IN IND, IO IOT, IQ IRQ, IR IRN,
IS ISL, IT ITA, JE JEY, JM JAM, JO JOR, JP JPN, KE KEN, KG KGZ, KH KHM, KI KIR, KM COM, KN KNA,
KP PRK, KR KOR, KW KWT, KY CYM, KZ KAZ, LA LAO, LB LBN, LC LCA, LI LIE, LK LKA, LR LBR, LS LSO,
LT LTU, LU LUX, LV LVA, LY LBY, MA MAR, MC MCO, MD MDA, ME MNE, MF MAF, MG MDG, MH MHL, MK MKD,
ML MLI, MM MMR, MN MNG, MO MAC, MP MNP, MQ MTQ, MR MRT, MS MSR, MT MLT, MU MUS, MV MDV, MW MWI,
MX MEX, MY MYS, MZ MOZ, NA NAM, NC NCL, NE NER, NF NFK, NG NGA, NI NIC, NL NLD, NO NOR, NP NPL,
NR NRU, NU NIU, NZ NZL, OM OMN, PA PAN, PE PER, PF PYF, PG PNG, PH PHL, PK PAK, PL POL, PM SPM,
PN PCN, PR PRI, PS PSE, PT PRT, PW PLW, PY PRY, QA QAT, RE REU, RO ROU, RS SRB, RU RUS, RW RWA,
SA SAU, SB SLB, SC SYC, SD SDN, SE SWE, SG SGP, SH SHN, SI SVN, SJ SJM, SK SVK, SL SLE, SM SMR,
SN SEN, SO SOM, SR SUR, SS SSD, ST STP, SV SLV, SX SXM, SY SYR, SZ SWZ, TC TCA, TD TCD, TF ATF,
TG TGO, TH THA, TJ TJK, TK TKL, TL TLS, TM TKM, TN TUN, TO TON, TR TUR, TT TTO, TV TUV, TW TWN,
TZ TZA, UA UKR, UG UGA, UM UMI, US USA, UY URY, UZ UZB, VA VAT, VC VCT, VE VEN, VG VGB, VI VIR,
VN VNM, VU VUT, WF WLF, WS WSM, YE YEM, YT MYT, ZA ZAF, ZM ZMB, ZW ZWE
"""
PARTY_OF = dict(pair.split() for pair in PARTIES.replace(",", "\n").splitlines() if pair.strip())


def party_of(country):
    return PARTY_OF.get(country, "X" + country)


def parse_range(text):
    block, _, units = text.partition(":")
    first, _, last = units.partition("-")
    return int(block), int(first), int(last)


def tonnes_of(ranges):
    return sum(last - first + 1 for _, first, last in map(parse_range, ranges))


def show(value):
    return "-" if value is None else str(value)


def on(flag):
    return "on" if flag else "off"


class Units:
    """A value for each of some units, kept as stretches that do not overlap."""

    def __init__(self):
        self.blocks = {}

    def cut(self, text):
        """Takes out what is known of a range: pieces (first, last, value), ascending."""
        block, first, last = parse_range(text)
        stretches = self.blocks.setdefault(block, [])
        start = bisect.bisect_right(stretches, (first,))
        if start and stretches[start - 1][1] >= first:
            start -= 1
        end, pieces, kept = start, [], []
        while end < len(stretches) and stretches[end][0] <= last:
            low, high, value = stretches[end]
            if low < first:
                kept.append((low, first - 1, value))
            pieces.append((max(low, first), min(high, last), value))
            if high > last:
                kept.append((last + 1, high, value))
            end += 1
        stretches[start:end] = kept
        return pieces

    def cut_all(self, text, value, what):
        """Takes out a range of which every unit must have this value."""
        _, at, last = parse_range(text)
        for low, high, found in self.cut(text):
            require(low == at and found == value, "%s: %s" % (text, what))
            at = high + 1
        require(at == last + 1, "%s: %s" % (text, what))

    def put(self, text, value, what):
        """Gives a value to units that have none."""
        block, first, last = parse_range(text)
        require(not self.cut(text), "%s: %s" % (text, what))
        bisect.insort(self.blocks[block], (first, last, value))

    def joined(self):
        """Every stretch, touching ones of one value as one: (block, first, last, value)."""
        for block in sorted(self.blocks):
            run = None
            for first, last, value in self.blocks[block]:
                if run and run[2] + 1 == first and run[3] == value:
                    run = (block, run[1], last, value)
                else:
                    if run:
                        yield run
                    run = (block, first, last, value)
            if run:
                yield run


class UnitEffects:
    """The effects on units, for the state that they are in."""

    # Projects, authorisations, issuances.

    def on_project_registered(self, reference, title, methodology, public_input_date):
        require(reference not in self.projects, "a project is registered twice")
        self.projects.add(reference)

    def on_proponent_registered(self, project, person):
        self.proponents.add((project, person))

    def on_authorisation_recorded(self, authorisation):
        japan = authorisation["side"] == "japan"
        self.authorisations[self.entry] = {
            "party": "JPN" if japan else party_of(authorisation["partner"]),
            "id": authorisation["id"],
            "side": authorisation["side"],
            "approach": authorisation["cooperative_approach"],
            "version": 1,
            "version_entry": self.entry,
            "tonnes": authorisation["quantity_tonnes"],
            "used": 0,
            "valid": True,
        }
        self.versions[self.entry] = self.entry

    def on_authorisation_detailed(self, version, **details):
        require(self.entry in self.authorisations, "details of no authorisation")
        self.authorisations[self.entry]["version"] = version

    def on_authorisation_changed(self, authorisation, terms, details):
        known = self.authorisations.get(authorisation)
        require(known and known["valid"], "an authorisation is changed that is none")
        require(details["version"] == known["version"] + 1, "a version does not follow")
        known.update(
            version=details["version"], version_entry=self.entry, tonnes=terms["quantity_tonnes"]
        )
        require(known["used"] <= known["tonnes"], "an authorisation is used beyond its quantity")
        self.versions[self.entry] = authorisation

    def on_authorisation_revoked(self, authorisation, date, document):
        known = self.authorisations.get(authorisation)
        require(known and known["valid"], "an authorisation is revoked that is none")
        known["valid"] = False

    def on_issuance_consented(self, project, decision):
        require(project in self.projects, "a consent for an unknown project")

    def on_issuance_recorded(self, project, **_):
        require(project in self.projects, "an issuance of an unknown project")
        self.issued_for = project

    def on_block_issued(self, block, vintage, issued_on, allocations, **more):
        require(self.issued_for, "a block without an issuance")
        require(block == len(self.blocks) + 1, "a block has another number than the next")
        tonnes = 0
        for allocation in allocations:
            self.account(allocation["account"])
            of, first, last = parse_range(allocation["range"])
            follows = of == block and first == tonnes + 1
            require(follows, "the units of a block are not numbered without a gap")
            self.holdings.put(allocation["range"], allocation["account"], "issued twice")
            tonnes = last
        self.blocks[block] = {
            "project": self.issued_for,
            "vintage": vintage,
            "issued_on": issued_on,
            "class": more["class"],
            "tonnes": tonnes,
        }
        self.count("issued_tonnes", tonnes)

    def on_first_transferred(self, range, japan, partner):
        block, _, last = parse_range(range)
        require(block in self.blocks, "units are first transferred that were not issued")
        require(last <= self.blocks[block]["tonnes"], "units are first transferred beyond a block")
        self.first_transferred.put(range, (japan, partner), "first transferred twice")
        for side, version in (("japan", japan), ("partner", partner)):
            known = self.authorisations.get(self.versions.get(version))
            require(known and known["side"] == side, "a first transfer names no authorisation")
            require(known["version_entry"] == version, "a first transfer names an old version")
            known["used"] += tonnes_of([range])
            require(known["used"] <= known["tonnes"], "an authorisation is used beyond its quantity")
        if self.article6:
            self.identify(range, (japan, partner))

    def identify(self, text, pair):
        """Gives the next serials to units that are first transferred."""
        block, first, last = parse_range(text)
        approach = self.authorisations[self.versions[pair[0]]]["approach"]
        party = party_of(self.blocks[block]["project"][:2])
        count = (approach, self.article6["registry"], party)
        serial = self.itmo_next.get(count, 1)
        # What a serial is ahead of its unit's number, so that runs join by it.
        self.itmos.put(text, (*count, serial - first), "identified twice")
        self.itmo_next[count] = serial + last - first + 1

    def on_adjustment_booked(self, partner, vintage, quantity_tonnes, **_):
        key = (partner, int(self.today[:4]), vintage)
        booked = self.adjustments.setdefault(key, {"tonnes": 0, "confirmed": 0})
        booked["tonnes"] += quantity_tonnes

    def on_adjustment_confirmed(self, partner, year, vintage, quantity_tonnes, **_):
        key = (partner, year, vintage)
        require(key in self.adjustments, "a confirmation of nothing")
        booked = self.adjustments[key]
        booked["confirmed"] += quantity_tonnes
        require(booked["confirmed"] <= booked["tonnes"], "more is confirmed than was booked")
        self.confirmations[self.entry] = (*key, quantity_tonnes)

    def on_confirmation_withdrawn(self, confirmation):
        require(confirmation in self.confirmations, "a confirmation is not known")
        *key, tonnes = self.confirmations.pop(confirmation)
        self.adjustments[tuple(key)]["confirmed"] -= tonnes

    # Transfers, trusts, restrictions, corrections.

    def on_transfer_applied(self, terms, fee):
        self.account(terms["source"])
        to = self.account(terms["destination"])
        choice = self.rules["transferee_acceptance"] and to["acceptance"] == "consent"
        self.applied("transfer", fee, terms=terms, consent="awaited" if choice else "none")
        self.reserve(terms["ranges"])
        self.applies_for(terms)

    def applies_for(self, terms):
        """Counts what goes out of an entity account today."""
        source = terms["source"]
        self.outgoing_before = dict(self.outgoing)
        if self.safeguards and self.accounts[source]["category"] == "entity":
            day, tonnes = self.outgoing.get(source, (self.today, 0))
            tonnes = tonnes if day == self.today else 0
            self.outgoing[source] = (self.today, tonnes + tonnes_of(terms["ranges"]))

    def on_transfer_delayed(self, not_before):
        self.application(None)[1]["first_day"] = not_before

    def on_transfer_trust_stated(self, trust):
        _, application = self.application(None)
        ((kind, held),) = trust.items()
        if kind == "change_trustee" and held["by_new_trustee"]:
            application["consent"] = "none"
            # It is not the account's own application.
            self.outgoing = self.outgoing_before

    def on_use_stated(self, **_):
        self.application(None)

    def on_transfer_accepted(self, application):
        self.application(application)[1]["consent"] = "given"

    def on_transfer_recorded(self, application):
        terms = self.close(application, "recorded", "transfer")["terms"]
        self.move(**terms)
        totals = {"retirement": "retired_tonnes", "cancellation": "cancelled_tonnes"}
        total = totals.get(terms["purpose"], "transferred_tonnes")
        self.count(total, tonnes_of(terms["ranges"]))

    def move(self, source, destination, ranges, **_):
        self.account(destination)
        sunk = self.accounts[source]["category"] in ("retirement", "cancellation")
        require(not sunk, "units leave the retirement or the cancellation account")
        for text in ranges:
            self.holdings.cut_all(text, source, "not held by the account that it leaves")
            self.holdings.put(text, destination, "held twice")

    def on_correction_recorded(self, ground):
        require(ground["affected"] < self.entry, "a correction of an entry that is not before")

    def on_units_moved(self, units):
        self.move(**units)
        self.count("corrected_tonnes", tonnes_of(units["ranges"]))

    def on_restriction_recorded(self, restriction):
        self.restrictions[self.entry] = restriction

    def on_restriction_released(self, restriction):
        require(self.restrictions.pop(restriction, None), "a restriction is not known")

    def on_trust_applied(self, account, request, subrogation):
        self.applied("trust")
        ((_, held),) = request.items()
        if "ranges" in held:
            self.reserve(held["ranges"])

    def on_trust_application_recorded(self, application):
        self.close(application, "recorded", "trust")

    def on_trust_recorded(self, account, ranges, terms):
        self.trusts[self.entry] = {
            "account": account,
            "details": terms["details"],
            "dismissed": False,
        }
        for text in ranges:
            self.in_trust.put(text, self.entry, "in two trusts")

    def on_trust_deleted(self, ranges):
        for text in ranges:
            pieces = self.in_trust.cut(text)
            covered = sum(last - first + 1 for first, last, _ in pieces)
            require(covered == tonnes_of([text]), "%s: not in trust" % text)

    def on_trust_amended(self, trust, terms, commission):
        require(trust in self.trusts, "an unknown trust is amended")
        known = self.trusts[trust]
        known["details"] = terms["details"]
        known["dismissed"] |= bool(commission and commission["trustee_dismissed"])

    # Certificates, erasure.

    def on_certificate_requested(self, account, fee):
        self.applied("certificate", fee)

    def on_certificate_issued(self, application):
        self.close(application, "recorded", "certificate")

    def on_certificate_stated(self, account, digest):
        self.account(account)

    def on_personal_data_erased(self, commitment):
        self.erased.add(commitment)

    # The whole.

    def conserved(self):
        """Every unit of every block is held once, and none besides."""
        for block, issued in self.blocks.items():
            at = 1
            for first, last, _ in self.holdings.blocks.get(block, []):
                require(first == at, "units of block %d are missing or held twice" % block)
                at = last + 1
            require(at == issued["tonnes"] + 1, "block %d is not held as issued" % block)
        require(set(self.holdings.blocks) <= set(self.blocks), "units of no block are held")
