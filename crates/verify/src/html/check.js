// Checks a document or a receipt of the registry (docs/spec/documents.md).
// Nothing here touches the page, the network or anything stored.

const encoder = new TextEncoder();

class Refused extends Error {}

function refuse(reason) {
  throw new Refused(reason);
}

function ensure(holds, reason) {
  if (!holds) refuse(reason);
}

// ---- bytes ----

function concat(...parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function equal(a, b) {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function utf8(bytes) {
  try {
    // A mark of byte order is text like any other here.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return refuse("a text is not UTF-8");
  }
}

// Base64 with the standard alphabet and padding, in its one canonical spelling.
function fromBase64(text) {
  ensure(/^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0, "not base64");
  let raw = "";
  try {
    raw = atob(text);
  } catch {
    refuse("not base64");
  }
  ensure(btoa(raw) === text, "base64 in another spelling than its canonical one");
  return Uint8Array.from(raw, (character) => character.charCodeAt(0));
}

function decimal(text) {
  ensure(/^(0|[1-9][0-9]{0,19})$/.test(text), "not a number without leading zeros");
  const number = BigInt(text);
  ensure(number < 1n << 64n, "a number is too large");
  return number;
}

async function sha256(...parts) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", concat(...parts)));
}

async function signedBy(key, signature, message) {
  if (key.length !== 32 || signature.length !== 64) return false;
  const imported = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "Ed25519" }, imported, signature, message);
}

// ---- the transparency log (docs/spec/tlog.md) ----

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);
const NEW_LINE = Uint8Array.of(10);

async function verifierKey(text) {
  // Base64 may hold a plus sign; names may not.
  const [, name, id, encoded] = /^([^+\s]+)\+([0-9a-f]{8})\+(.+)$/.exec(text) ?? refuse(`${text} is not a key`);
  const bytes = fromBase64(encoded);
  ensure(bytes.length === 33 && (bytes[0] === 1 || bytes[0] === 4), `${name} is a key of an unknown kind`);
  const digest = await sha256(encoder.encode(name), NEW_LINE, bytes);
  ensure(hex(digest.slice(0, 4)) === id, `the key ${name} has another number than it says`);
  return { text, name, id, kind: bytes[0], key: bytes.slice(1) };
}

function parseNote(note) {
  const split = note.lastIndexOf("\n\n");
  ensure(split >= 0 && note.length <= 262144, "the checkpoint is not a signed note");
  // Control characters are searched for as such.
  // eslint-disable-next-line no-control-regex
  ensure(!/[\u0000-\u0009\u000b-\u001f]/.test(note), "the checkpoint has control characters");
  const text = note.slice(0, split + 1);
  const rest = note.slice(split + 2);
  ensure(rest.endsWith("\n"), "the last line of the checkpoint does not end");
  const lines = rest.slice(0, -1).split("\n");
  ensure(lines.length <= 64, "the checkpoint has too many signatures");
  const signatures = lines.map((line) => {
    const found = /^\u2014 ([^+\s]+) (\S+)$/.exec(line);
    ensure(found, "a line of the checkpoint is not a signature");
    const bytes = fromBase64(found[2]);
    ensure(bytes.length > 4, "a signature is too short");
    return { name: found[1], id: hex(bytes.slice(0, 4)), bytes: bytes.slice(4) };
  });
  return { text, signatures };
}

function parseCheckpoint(text) {
  const found = /^([\x21-\x2a\x2c-\x7e]{1,255})\n(\S+)\n(\S+)\n$/.exec(text);
  ensure(found, "the signed text is not a checkpoint");
  const root = fromBase64(found[3]);
  ensure(root.length === 32, "the root is not a hash");
  return { origin: found[1], size: decimal(found[2]), root };
}

// Every signature must be by a key that is known, and every known key must have
// signed: otherwise a line could be changed without anybody's noticing.
async function openCheckpoint(note, logKey, witnesses) {
  const { text, signatures } = parseNote(note);
  const checkpoint = parseCheckpoint(text);
  ensure(logKey.kind === 1, "the log's key is not one of a log");
  ensure(logKey.name === checkpoint.origin, "the checkpoint is of another log than the key");
  ensure(witnesses.every((witness) => witness.kind === 4), "a key is not one of a witness");
  const found = new Set();
  for (const line of signatures) {
    const key = [logKey, ...witnesses].find((known) => known.name === line.name && known.id === line.id);
    ensure(key, `the checkpoint has a signature by ${line.name}, whose key is not known`);
    if (key.kind === 1) {
      ensure(await signedBy(key.key, line.bytes, encoder.encode(text)), "the log's signature is wrong");
    } else {
      ensure(line.bytes.length === 72, "a witness's signature has another length");
      const time = line.bytes.slice(0, 8).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
      ensure(time < 1n << 63n, "a witness states an impossible time");
      const message = encoder.encode(`cosignature/v1\ntime ${time}\n${text}`);
      ensure(await signedBy(key.key, line.bytes.slice(8), message), "a witness's signature is wrong");
    }
    found.add(key.text);
  }
  ensure(found.has(logKey.text), "the log's key has not signed");
  ensure(witnesses.every((witness) => found.has(witness.text)), "a witness has not cosigned");
  return checkpoint;
}

function parseProof(text) {
  const begins = "c2sp.org/tlog-proof@v1\n";
  ensure(text.startsWith(begins), "not a proof file");
  const rest = text.slice(begins.length);
  const split = rest.indexOf("\n\n");
  ensure(split >= 0, "the proof has no checkpoint");
  const lines = rest.slice(0, split).split("\n");
  ensure(lines[0].startsWith("extra "), "the proof does not carry the entry");
  const entry = fromBase64(lines[0].slice("extra ".length));
  ensure(entry.length > 0 && entry.length <= 65535, "the entry is empty or too long");
  ensure(lines.length > 1 && lines[1].startsWith("index "), "the proof names no entry");
  const index = decimal(lines[1].slice("index ".length));
  const hashes = lines.slice(2).map(fromBase64);
  ensure(hashes.length <= 64 && hashes.every((hash) => hash.length === 32), "a line of the proof is no hash");
  return { entry, index, hashes, note: rest.slice(split + 2) };
}

// RFC 9162, 2.1.3.2.
async function included(leaf, index, size, hashes, root) {
  if (index >= size) return false;
  let [node, last, hash] = [index, size - 1n, leaf];
  for (const sibling of hashes) {
    if (last === 0n) return false;
    if ((node & 1n) === 1n || node === last) {
      hash = await sha256(NODE, sibling, hash);
      while ((node & 1n) === 0n && node !== 0n) {
        node >>= 1n;
        last >>= 1n;
      }
    } else {
      hash = await sha256(NODE, hash, sibling);
    }
    node >>= 1n;
    last >>= 1n;
  }
  return last === 0n && equal(hash, root);
}

// ---- entries (docs/spec/entry.md) ----

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  take(count) {
    ensure(count <= this.bytes.length - this.at, "the entry ends too early");
    this.at += count;
    return this.bytes.slice(this.at - count, this.at);
  }

  varint() {
    const [first] = this.take(1);
    if (first < 251) return BigInt(first);
    ensure(first <= 253, "a number is written in a form that does not occur");
    const length = { 251: 2, 252: 4, 253: 8 }[first];
    const number = this.take(length).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    const least = { 2: 251n, 4: 1n << 16n, 8: 1n << 32n }[length];
    ensure(number >= least, "a number is written in a longer form than it needs");
    return number;
  }

  length() {
    const length = this.varint();
    ensure(length <= BigInt(this.bytes.length - this.at), "a length is impossible");
    return Number(length);
  }

  flag() {
    const [flag] = this.take(1);
    ensure(flag <= 1, "a choice is neither yes nor no");
    return flag === 1;
  }

  value(type) {
    const [, outer, inner] = /^(option of|list of) (.*)$/.exec(type) ?? [];
    if (outer === "option of") return this.flag() ? this.value(inner) : null;
    if (outer === "list of") return Array.from({ length: this.length() }, () => this.value(inner));
    const composite = TYPES[type];
    if (composite?.struct) return this.fields(composite.struct);
    if (composite?.enum) {
      const variant = composite.enum[Number(this.varint())];
      ensure(variant, `a ${type} is of an unknown kind`);
      const [name, holds] = variant;
      if (holds === null) return name;
      return { [name]: Array.isArray(holds) ? this.fields(holds) : this.value(holds) };
    }
    const simple = SIMPLE[type];
    ensure(simple, `the type ${type} is not known`);
    return simple(this);
  }

  fields(fields) {
    return Object.fromEntries(fields.map(([name, type]) => [name, this.value(type)]));
  }
}

function bounded(least, most, what) {
  return (reader) => {
    const number = reader.varint();
    ensure(least <= number && number <= most, `a number is not ${what}`);
    return number;
  };
}

function string(reader) {
  return utf8(reader.take(reader.length()));
}

function spelled(pattern, what) {
  return (reader) => {
    const text = string(reader);
    ensure(pattern.test(text), `${JSON.stringify(text)} is not ${what}`);
    return text;
  };
}

function dateText(year, month, day) {
  const two = (number) => String(number).padStart(2, "0");
  return `${year}-${two(month)}-${two(day)}`;
}

function date(reader) {
  const year = Number(reader.varint());
  const [month, day] = reader.take(2);
  const text = dateText(year, month, day);
  const real = new Date(`${text}T00:00:00Z`);
  const exists = !Number.isNaN(real.getTime()) && real.toISOString().startsWith(text);
  ensure(exists && year >= 1970 && year <= 9999, "a date does not exist");
  return text;
}

// Japan's time, whatever the computer's is.
function timeText(ms) {
  const there = new Date(Number(ms) + 9 * 3600000).toISOString();
  return `${there.slice(0, 23)}+09:00`;
}

function accountText(number) {
  const check = 98n - ((number * 100n) % 97n);
  return `JP-${String(number).padStart(7, "0")}-${String(check).padStart(2, "0")}`;
}

const YEAR = bounded(1970n, 9999n, "a year");
const U64 = bounded(0n, (1n << 64n) - 1n, "a number");

function range(reader) {
  const block = bounded(1n, (1n << 32n) - 1n, "a block")(reader);
  const [first, last] = [U64(reader), U64(reader)];
  ensure(1n <= first && first <= last && last <= 200000000000n, "a range of units is impossible");
  return { block, first, last };
}

function rangeText({ block, first, last }) {
  return `${block}:${first}-${last}`;
}

const SIMPLE = {
  u8: (reader) => BigInt(reader.take(1)[0]),
  u16: bounded(0n, (1n << 16n) - 1n, "small enough"),
  u32: bounded(0n, (1n << 32n) - 1n, "small enough"),
  u64: U64,
  bool: (reader) => reader.flag(),
  bytes: (reader) => reader.take(reader.length()),
  FormatVersion: (reader) => {
    const [version] = reader.take(1);
    ensure(version === 1, "the entry is of another version");
    return BigInt(version);
  },
  EntryIndex: U64,
  Digest: (reader) => hex(reader.take(32)),
  PublicKey: (reader) => hex(reader.take(32)),
  Signature: (reader) => hex(reader.take(64)),
  Timestamp: (reader) => timeText(bounded(0n, 253402268399999n, "a time")(reader)),
  Date: date,
  Year: YEAR,
  Tonnes: U64,
  Yen: U64,
  AccountNumber: (reader) => accountText(bounded(1n, 9999999n, "an account")(reader)),
  BlockNumber: bounded(1n, (1n << 32n) - 1n, "a block"),
  CorporateNumber: (reader) => String(U64(reader)).padStart(13, "0"),
  CooperativeApproach: (reader) => `CA${String(bounded(0n, 9999n, "an approach")(reader)).padStart(4, "0")}`,
  Country: (reader) => {
    const text = utf8(reader.take(2));
    ensure(/^[A-Z]{2}$/.test(text), "not a country");
    return text;
  },
  ItmoRegistry: (reader) => {
    const text = utf8(reader.take(5));
    ensure(/^[A-Z]{3}[0-9]{2}$/.test(text), "not a Party's registry");
    return text;
  },
  Party: (reader) => {
    const text = utf8(reader.take(3));
    ensure(/^[A-Z]{3}$/.test(text), "not a Party");
    return text;
  },
  ProjectRef: spelled(/^[A-Z]{2}[A-Z0-9-]{1,14}$/, "a project"),
  Origin: spelled(/^[\x21-\x2a\x2c-\x7e]{1,255}$/, "the name of a log"),
  Name: spelled(/^[A-Za-z0-9._/-]{1,64}$/, "a name"),
  IdentificationFormat: spelled(/^[A-Za-z0-9._/:{}-]{1,64}$/, "a form of numbers"),
  LineKey: (reader) => hex(reader.take(12)),
  PaymentId: (reader) => {
    const [entry, line] = [U64(reader), SIMPLE.u16(reader)];
    return line === 0n ? String(entry) : `${entry}/${line}`;
  },
  // Control characters and those that change the direction of writing.
  // eslint-disable-next-line no-control-regex
  Text: spelled(/^[^\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+$/, "a text"),
  SerialRange: range,
  SerialRanges: (reader) => Array.from({ length: reader.length() }, () => range(reader)),
};

function decodeEntry(bytes) {
  const reader = new Reader(bytes);
  const entry = reader.fields([
    ["version", "FormatVersion"],
    ["index", "EntryIndex"],
    ["prev", "Digest"],
    ["time", "Timestamp"],
    ["rule_set", "u32"],
    ["payload", "bytes"],
    ["signatures", "list of CommandSignature"],
    ["event", "list of Effect"],
  ]);
  ensure(reader.at === bytes.length, "bytes are left over after the entry");
  return entry;
}

function fromHex(text) {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

// DSSE's pre-authentication encoding over the command as it was signed.
async function checkSigners(entry) {
  const type = "application/vnd.jcm-registry.command.v1+protobuf";
  const head = encoder.encode(`DSSEv1 ${type.length} ${type} ${entry.payload.length} `);
  ensure(entry.signatures.length >= 1 && entry.signatures.length <= 8, "the command has too few or too many signatures");
  for (const { key, signature } of entry.signatures) {
    const holds = await signedBy(fromHex(key), fromHex(signature), concat(head, entry.payload));
    ensure(holds, `the signature by ${key} on the command is wrong`);
  }
}

async function openProof(text, logKey, witnesses) {
  const proof = parseProof(text);
  const checkpoint = await openCheckpoint(proof.note, logKey, witnesses);
  const leaf = await sha256(LEAF, proof.entry);
  const holds = await included(leaf, proof.index, checkpoint.size, proof.hashes, checkpoint.root);
  ensure(holds, `entry ${proof.index} is not proved to be in the log`);
  const entry = decodeEntry(proof.entry);
  ensure(entry.index === proof.index, `entry ${proof.index} calls itself ${entry.index}`);
  await checkSigners(entry);
  return { entry, checkpoint, note: proof.note };
}

// ---- documents (docs/spec/documents.md) ----

const MEMBERS = ["format", "kind", "log_key", "witnesses", "statement", "proofs"];

function effectOf(entry, name) {
  return entry.event.find((effect) => effect[name] !== undefined)?.[name];
}

async function checkCertificate(statement, entries) {
  ensure(entries.length === 1, "a certificate rests on exactly one entry");
  const [entry] = entries;
  const said = effectOf(entry, "certificate_stated");
  ensure(said && effectOf(entry, "certificate_issued"), `entry ${entry.index} issues no certificate`);
  const digest = hex(await sha256(encoder.encode(statement)));
  ensure(digest === said.digest, "the lines are not those that the entry states the digest of");
  const begins = `jcm-account/v1\nentries ${entry.index}\naccount ${said.account} `;
  ensure(statement.startsWith(begins), "the lines are not of this account and this entry");
}

function printed(form, { project, vintage, block }, unit) {
  return form.replace(/\{([a-z]+)(?::([0-9]+))?\}/g, (_, name, digits) => {
    const value = { project, country: project.slice(0, 2), vintage, block, unit }[name];
    ensure(value !== undefined, "the form of identification numbers is unknown");
    return String(value).padStart(Number(digits ?? 0), "0");
  });
}

function formOf(entries, version) {
  for (const entry of entries) {
    for (const effect of entry.event) {
      if (effect.rules_adopted?.rules.version === version) return [entry, effect.rules_adopted.rules.identification];
      if (effect.rule_set_adopted?.rule_set.version === version) {
        return [entry, "JP-{project}-{vintage}-{block}-{unit}"];
      }
    }
  }
  return refuse(`the entry that adopted rule set ${version} is missing`);
}

function issuedBlock(entries, wanted) {
  for (const entry of entries) {
    // Blocks are those of the issuance before them; an entry may hold several.
    let project = null;
    for (const effect of entry.event) {
      project = effect.issuance_recorded?.project ?? project;
      const block = effect.block_issued;
      if (project && block?.block === wanted) return { entry, project, ...block };
    }
  }
  return null;
}

function personText(person) {
  if (person.corporation !== undefined) return `JP:${person.corporation}`;
  if (person.individual !== undefined) return `individual:${person.individual}`;
  return `${person.foreign_corporation.country}:${person.foreign_corporation.number}`;
}

function noticeLines(statement, entries, origin) {
  const find = (index, what) => entries.find((entry) => entry.index === index) ?? refuse(`${what} ${index} is missing`);
  const named = statement.split("\n").find((line) => line.startsWith("entry "));
  ensure(named, "the notice does not say which entry it is of");
  const recording = find(decimal(named.split(" ")[1] ?? ""), "entry");
  const recorded = effectOf(recording, "transfer_recorded");
  ensure(recorded, `entry ${recording.index} records no transfer`);
  const applied = find(recorded.application ?? recording.index, "the application, entry");
  // What belongs to a transfer follows its application, up to the next one.
  const all = [];
  for (const effect of applied.event) {
    if (effect.transfer_applied) all.push([]);
    all.at(-1)?.push(effect);
  }
  let which = 1n;
  if (all.length !== 1) {
    const part = statement.split("\n").find((line) => line.startsWith("part "));
    ensure(all.length > 1 && part, `entry ${applied.index} has no transfer, or several`);
    which = decimal(part.split(" ")[1] ?? "");
  }
  const own = which >= 1n && which <= BigInt(all.length) ? all[Number(which - 1n)] : refuse(`entry ${applied.index} has no part ${which}`);
  const { terms } = own[0].transfer_applied;
  const details = own.find((effect) => effect.use_stated)?.use_stated;
  const act = { retirement: "retirement", cancellation: "cancellation" }[terms.purpose];
  ensure(act, "the transfer neither retires nor cancels");
  const [rules, form] = formOf(entries, recording.rule_set);
  const used = new Set([recording, applied, rules]);
  const lines = [
    "jcm-notice/v1",
    `registry ${origin}`,
    `act ${act}`,
    `entry ${recording.index} ${recording.time}`,
    `application ${applied.index} ${applied.time}`,
  ];
  if (all.length > 1) lines.push(`part ${which} ${all.length}`);
  lines.push(`source ${terms.source}`, `destination ${terms.destination}`);
  if (terms.use_) {
    lines.push(`use ${terms.use_.kind} ${terms.use_.reporting_year ?? "-"}`);
    if (terms.use_.beneficiary !== null) lines.push(`beneficiary ${terms.use_.beneficiary}`);
  }
  if (details?.beneficiary) lines.push(`beneficiary_number ${personText(details.beneficiary)}`);
  if (details?.entity) lines.push(`entity ${details.entity.country}:${details.entity.number}`);
  lines.push(`identification ${form}`);
  let total = 0n;
  for (const units of terms.ranges) {
    const tonnes = units.last - units.first + 1n;
    total += tonnes;
    // Without its issuance, nothing is told that only the issuance says.
    const block = issuedBlock(entries, units.block);
    if (!block || units.last > block.allocations.at(-1).range.last) {
      lines.push(`units ${rangeText(units)} ${tonnes}`);
      continue;
    }
    used.add(block.entry);
    const names = `${printed(form, block, units.first)} - ${printed(form, block, units.last)}`;
    const facts = `${block.project} ${block.vintage} ${block.class} ${block.issued_on}`;
    lines.push(`units ${rangeText(units)} ${facts} ${tonnes} ${names}`);
  }
  for (const effect of applied === recording ? own : recording.event) {
    const booked = effect.adjustment_booked;
    if (!booked) continue;
    const pair = `${booked.japan_authorisation} ${booked.partner_authorisation}`;
    lines.push(`adjustment ${booked.partner} ${booked.vintage} ${booked.quantity_tonnes} ${pair}`);
  }
  lines.push(`total ${total}`);
  ensure(used.size === entries.length, "the notice carries entries that it does not rest on");
  return lines.map((line) => `${line}\n`).join("");
}

function extractDocument(text) {
  if (text.startsWith("{")) return text;
  const begins = '<pre id="jcm-document">';
  const at = text.indexOf(begins);
  ensure(at >= 0, "there is no document in it");
  const rest = text.slice(at + begins.length);
  const ends = rest.indexOf("</pre>");
  ensure(ends >= 0, "the document in it does not end");
  ensure(!rest.slice(ends).includes(begins), "it holds several documents");
  const escaped = rest.slice(0, ends).replace(/^\n/, "");
  ensure(!/[<>"']/.test(escaped), "the document in it is not escaped as it should be");
  const names = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" };
  return escaped.replace(/&[^;]{0,6};?/g, (name) => names[name] ?? refuse("the document in it is not escaped as it should be"));
}

function parseDocument(text) {
  let document;
  try {
    document = JSON.parse(text);
  } catch {
    refuse("it is not a document of the registry");
  }
  ensure(equal(Object.keys(document), MEMBERS), "it is not a document of the registry");
  const texts = ["format", "kind", "log_key", "statement"].every((name) => typeof document[name] === "string");
  const lists = ["witnesses", "proofs"].every((name) => Array.isArray(document[name])
    && document[name].every((item) => typeof item === "string"));
  ensure(texts && lists, "it is not a document of the registry");
  ensure(document.format === "jcm-document/v1", "it is a document of another format");
  ensure(`${JSON.stringify(document, null, 2)}\n` === text, "it is spelled in another way than documents are");
  return document;
}

// Checks a text. `pinned` is the key that the reader trusts, if there is one, and
// `witnesses` are those that the reader wants to see on a receipt.
async function checkDocument(text, pinned, witnesses = []) {
  ensure(globalThis.crypto?.subtle, "this browser cannot check signatures");
  if (text.startsWith("c2sp.org/tlog-proof@")) {
    ensure(pinned, "a receipt names no key: give the registry's");
    const logKey = await verifierKey(pinned);
    const keys = await Promise.all(witnesses.map(verifierKey));
    const opened = await openProof(text, logKey, keys);
    return { kind: "receipt", logKey: pinned, pinned: true, ...opened, entries: [opened.entry] };
  }
  const document = parseDocument(extractDocument(text));
  ensure(!pinned || pinned === document.log_key, `it names another log key than yours: ${document.log_key}`);
  const logKey = await verifierKey(document.log_key);
  const keys = await Promise.all(document.witnesses.map(verifierKey));
  ensure(document.proofs.length > 0, "it proves no entry");
  const opened = [];
  for (const proof of document.proofs) opened.push(await openProof(proof, logKey, keys));
  const [{ checkpoint, note }] = opened;
  ensure(opened.every((one) => one.note === note), "its proofs have different checkpoints");
  const entries = opened.map((one) => one.entry);
  const ascending = entries.every((entry, at) => at === 0 || entries[at - 1].index < entry.index);
  ensure(ascending, "its entries are not in ascending order");
  if (document.kind === "certificate") {
    await checkCertificate(document.statement, entries);
  } else if (document.kind === "notice") {
    const lines = noticeLines(document.statement, entries, checkpoint.origin);
    ensure(lines === document.statement, "it says something else than its entries");
  } else {
    refuse("it is of no known kind");
  }
  return {
    kind: document.kind,
    logKey: document.log_key,
    pinned: Boolean(pinned),
    witnesses: document.witnesses,
    statement: document.statement,
    entries,
    checkpoint,
    note,
  };
}
