// What a command does, read from the bytes that its digest pins (docs/spec/entry.md).
//
// Only the effects that a command of these examples can have are in the table. A client
// that meets another one does not understand what it is asked to sign, and does not sign.

import { Reader, readText, refuseUnless } from "./receipt.js";

/** Numbers are in decimal, bytes in hexadecimal, and what is absent is null. */
export type Value = string | boolean | null | Value[] | { [name: string]: Value };
export type Fields = { [name: string]: Value };
export type Effect = [name: string, fields: Fields];
type Type = (reader: Reader) => Value;

const number: Type = (reader) => reader.varint().toString();
const byte: Type = (reader) => reader.byte().toString();
const digest: Type = (reader) => reader.take(32).toString("hex");
const country: Type = (reader) => reader.take(2).toString("latin1");
const text: Type = (reader) => readText(reader.bytes(), "a text");

const boolean: Type = (reader) => {
  const value = reader.byte();
  refuseUnless(value <= 1, "a truth value is malformed");
  return value === 1;
};

const option = (item: Type): Type => (reader) => (boolean(reader) ? item(reader) : null);

const several = (item: Type): Type => (reader) => {
  const items: Value[] = [];
  for (let left = reader.varint(); left > 0n; left--) items.push(item(reader));
  return items;
};

const struct = (types: { [name: string]: Type }) => (reader: Reader): Fields =>
  Object.fromEntries(Object.entries(types).map(([name, type]) => [name, type(reader)]));

/** An enum. A variant is a name, or a name and the type of what it holds. */
const choice = (...variants: (string | [string, Type])[]): Type => (reader) => {
  const chosen = variants[Number(reader.varint())];
  refuseUnless(chosen !== undefined, "a variant is not known");
  return typeof chosen === "string" ? chosen : { [chosen[0]]: chosen[1](reader) };
};

const PERSON = choice(
  ["corporation", number],
  ["foreign_corporation", struct({ country, number: text })],
  ["individual", digest],
);
const HOLDER = struct({
  name_ja: option(text),
  name_en: text,
  head_office_ja: option(text),
  head_office_en: text,
});
const FEE = choice(["due", number], "waived", "not_chargeable", "not_an_application");
const RANGE = struct({ block: number, first: number, last: number });
const USE = struct({
  kind: choice("ndc", "shk", "gx_ets", "voluntary", "international_mitigation", "other", "other_purposes", "omge"),
  reporting_year: option(number),
  beneficiary: option(text),
});
const TERMS = struct({
  source: number,
  destination: number,
  ranges: several(RANGE),
  purpose: choice("retirement", "cancellation", "other"),
  gratuitous: boolean,
  use_: option(USE),
});
const PAYMENT = { application: option(number), amount_yen: number };

const EFFECTS = new Map<bigint, [string, (reader: Reader) => Fields]>([
  [8n, ["payment_applied", struct({ payment: number, ...PAYMENT })]],
  [
    9n,
    [
      "account_applied",
      struct({
        person: PERSON,
        holder: HOLDER,
        particulars: digest,
        attachments: several(digest),
        representative: digest,
        fee: FEE,
      }),
    ],
  ],
  [17n, ["first_transferred", struct({ range: RANGE, japan: number, partner: number })]],
  [18n, ["transfer_applied", struct({ terms: TERMS, fee: FEE })]],
  [19n, ["transfer_recorded", struct({ application: option(number) })]],
  [
    20n,
    [
      "adjustment_booked",
      struct({
        partner: country,
        vintage: number,
        quantity_tonnes: number,
        japan_authorisation: number,
        partner_authorisation: number,
      }),
    ],
  ],
  [38n, ["payment_line_applied", struct({ payment: struct({ entry: number, line: number }), ...PAYMENT })]],
  [61n, ["transfer_delayed", struct({ not_before: struct({ year: number, month: byte, day: byte }) })]],
]);

/** The effects in their order: name and fields of each. */
export function readEvent(data: Buffer): Effect[] {
  const reader = new Reader(data);
  const effects: Effect[] = [];
  for (let left = reader.varint(); left > 0n; left--) {
    const variant = reader.varint();
    const known = EFFECTS.get(variant);
    refuseUnless(known, `effect ${variant} is none that this client knows`);
    effects.push([known[0], known[1](reader)]);
  }
  refuseUnless(reader.left === 0, "bytes are left over behind the effects");
  return effects;
}
