// Checks a receipt without the registry: the entry's hash, its place in the tree, and the
// signature on the checkpoint (docs/spec/tlog.md). Needs the published log key and nothing
// else; there is no network and no generated code in this file.

import { createHash } from "node:crypto";
import { COMMAND, pae, verifies } from "./signing.js";

const U64_MAX = 2n ** 64n - 1n;

/** Why something is not believed. */
export class Refused extends Error {}

export function refuseUnless(condition: unknown, why: string): asserts condition {
  if (!condition) throw new Refused(why);
}

export function sha256(...parts: (Buffer | string)[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

export function readText(bytes: Buffer, what: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Refused(`${what} is not UTF-8`);
  }
}

// One content has one spelling: what was read is written again and compared.

function readBase64(text: string, what: string): Buffer {
  const data = Buffer.from(text, "base64");
  refuseUnless(data.toString("base64") === text, `${what} is not canonical base64`);
  return data;
}

function readDecimal(text: string, what: string): bigint {
  refuseUnless(/^(0|[1-9][0-9]{0,19})$/.test(text), `${what} is not a number`);
  refuseUnless(BigInt(text) <= U64_MAX, `${what} is too large`);
  return BigInt(text);
}

function readHash(text: string, what: string): Buffer {
  const data = readBase64(text, what);
  refuseUnless(data.length === 32, `${what} does not have 32 bytes`);
  return data;
}

/** What stands before and after a mark. */
function cut(text: string, mark: string): [string, string] | [string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + mark.length)];
}

// Section 2: the log's key, and notes that it signed.

export interface LogKey {
  name: string;
  id: Buffer;
  public: Buffer;
}

export function parseLogKey(vkey: string): LogKey {
  const [name, rest = ""] = cut(vkey, "+");
  const [id, encoded = ""] = cut(rest, "+");
  const data = readBase64(encoded, "the log key");
  refuseUnless(data.length === 33 && data[0] === 1, "the log key is not a plain Ed25519 key");
  const computed = sha256(name, "\n", data).subarray(0, 4);
  refuseUnless(name !== "" && id === computed.toString("hex"), "the log key's ID is not its own");
  return { name, id: computed, public: data.subarray(1) };
}

/** The text of a note that `key` signed. Nothing in it counts before. */
function openNote(note: Buffer, key: LogKey): string {
  refuseUnless(note.length <= 262_144, "the note is too long");
  const decoded = readText(note, "the note");
  refuseUnless(!/[\x00-\x09\x0b-\x1f]/.test(decoded), "the note has a control character");
  const at = decoded.lastIndexOf("\n\n");
  refuseUnless(at >= 0 && decoded.endsWith("\n") && at + 2 < decoded.length, "the note is not signed");
  const text = decoded.slice(0, at + 1);
  const lines = decoded.slice(at + 2, -1).split("\n");
  refuseUnless(lines.length <= 64, "the note has too many signature lines");
  let signed = false;
  for (const line of lines) {
    const [dash, rest = ""] = cut(line, " ");
    const [name, encoded] = cut(rest, " ");
    const wellFormed = dash === "\u2014" && encoded !== undefined && !/^$|\+|\p{White_Space}/u.test(name);
    refuseUnless(wellFormed, "a signature line is malformed");
    const data = readBase64(encoded, "a signature");
    refuseUnless(data.length >= 5, "a signature is too short");
    // By somebody whom this reader does not know.
    if (name !== key.name || !data.subarray(0, 4).equals(key.id)) continue;
    const good = verifies(key.public, data.subarray(4), Buffer.from(text));
    refuseUnless(good, "the log's signature on the checkpoint does not verify");
    signed = true;
  }
  refuseUnless(signed, "the log's key did not sign the checkpoint");
  return text;
}

// Section 3: checkpoints.

export interface Checkpoint {
  origin: string;
  size: bigint;
  root: Buffer;
}

export function readCheckpoint(note: Buffer, key: LogKey): Checkpoint {
  const [origin, size, root, end, ...more] = openNote(note, key).split("\n");
  refuseUnless(root !== undefined && end === "" && more.length === 0, "the checkpoint does not have three lines");
  refuseUnless(origin === key.name, "the checkpoint is of another log");
  const read = {
    origin,
    size: readDecimal(size as string, "the checkpoint's size"),
    root: readHash(root, "the checkpoint's root"),
  };
  refuseUnless(read.size !== 0n || read.root.equals(sha256()), "an empty log has another root");
  return read;
}

// Section 1: the tree.

const leafHash = (entry: Buffer) => sha256(Buffer.of(0), entry);
const nodeHash = (left: Buffer, right: Buffer) => sha256(Buffer.of(1), left, right);

function verifyInclusion(leaf: Buffer, index: bigint, size: bigint, hashes: Buffer[], root: Buffer): void {
  refuseUnless(hashes.length <= 64 && index < size, "the log does not have so many entries");
  let [f, s, h] = [index, size - 1n, leaf];
  for (const p of hashes) {
    refuseUnless(s !== 0n, "the proof is too long");
    if (f % 2n === 1n || f === s) {
      h = nodeHash(p, h);
      while (f % 2n === 0n && f !== 0n) [f, s] = [f / 2n, s / 2n];
    } else {
      h = nodeHash(h, p);
    }
    [f, s] = [f / 2n, s / 2n];
  }
  refuseUnless(s === 0n && h.equals(root), "the entry is not in the tree at this place");
}

/** That the log of the checkpoint `next` begins with that of `old`. */
export function verifyConsistency(old: Checkpoint, next: Checkpoint, proof: Buffer[]): void {
  const [m, n] = [old.size, next.size];
  refuseUnless(proof.length <= 64 && m <= n, "the log is shorter than it was");
  if (m === 0n || m === n) {
    const same = proof.length === 0 && (m === 0n || old.root.equals(next.root));
    refuseUnless(same, "one size has two roots");
    return;
  }
  refuseUnless(proof.length > 0, "the proof is empty");
  const isPowerOfTwo = (m & (m - 1n)) === 0n;
  const [first, ...hashes] = (isPowerOfTwo ? [old.root, ...proof] : proof) as [Buffer, ...Buffer[]];
  let [f, s] = [m - 1n, n - 1n];
  while (f % 2n === 1n) [f, s] = [f / 2n, s / 2n];
  let [x, y] = [first, first];
  for (const p of hashes) {
    refuseUnless(s !== 0n, "the proof is too long");
    if (f % 2n === 1n || f === s) {
      [x, y] = [nodeHash(p, x), nodeHash(p, y)];
      while (f % 2n === 0n && f !== 0n) [f, s] = [f / 2n, s / 2n];
    } else {
      y = nodeHash(y, p);
    }
    [f, s] = [f / 2n, s / 2n];
  }
  const holds = s === 0n && x.equals(old.root) && y.equals(next.root);
  refuseUnless(holds, "the log does not go on from what it was");
}

// docs/spec/entry.md: the bytes of an entry.

/** Reads the encoding of entry.md, section 1, in its one spelling. */
export class Reader {
  private at = 0;

  constructor(private readonly data: Buffer) {}

  get left(): number {
    return this.data.length - this.at;
  }

  take(count: number | bigint): Buffer {
    refuseUnless(count <= this.left, "the entry ends early");
    this.at += Number(count);
    return this.data.subarray(this.at - Number(count), this.at);
  }

  byte(): number {
    return this.take(1).readUInt8();
  }

  varint(): bigint {
    const first = this.byte();
    if (first < 251) return BigInt(first);
    refuseUnless(first <= 253, "a number is malformed");
    const [width, least] = ([[2, 251n], [4, 2n ** 16n], [8, 2n ** 32n]] as const)[first - 251]!;
    const value = Buffer.from(this.take(width)).reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
    refuseUnless(least <= value, "a number is longer than it needs to be");
    return value;
  }

  bytes(): Buffer {
    return this.take(this.varint());
  }
}

export interface Entry {
  index: bigint;
  timeMs: bigint;
  ruleSet: bigint;
  /** The command, as it was signed. */
  payload: Buffer;
  /** Public keys. */
  signers: Buffer[];
  /** What it did. */
  event: Buffer;
}

/** Decodes an entry up to its event, and verifies the command's signatures. */
function readEntry(data: Buffer): Entry {
  refuseUnless(data.length <= 65_535, "the entry is too long");
  const reader = new Reader(data);
  refuseUnless(reader.byte() === 1, "the entry is of another version");
  const index = reader.varint();
  reader.take(32); // the leaf hash of the entry before
  const timeMs = reader.varint();
  const ruleSet = reader.varint();
  const payload = reader.bytes();
  const count = reader.varint();
  refuseUnless(1n <= count && count <= 8n, "the command does not have 1 to 8 signatures");
  const signers: Buffer[] = [];
  for (let n = 0n; n < count; n++) {
    const [publicKey, signature] = [reader.take(32), reader.take(64)];
    refuseUnless(!signers.some((key) => key.equals(publicKey)), "a key signed the command twice");
    const good = verifies(publicKey, signature, pae(COMMAND, payload));
    refuseUnless(good, "a signature on the command does not verify");
    signers.push(publicKey);
  }
  return { index, timeMs, ruleSet, payload, signers, event: reader.take(reader.left) };
}

/** What `Command.effect_digest` pins (docs/spec/commands.md). */
export function effectDigest(ruleSet: bigint | number, event: Buffer): Buffer {
  refuseUnless(BigInt(ruleSet) < 2n ** 32n, "the rule set is no number of 32 bits");
  const number = Buffer.alloc(4);
  number.writeUInt32BE(Number(ruleSet));
  return sha256("jcm-effect/v1\n", number, event);
}

// Section 5: the proof file.

export interface Receipt {
  entry: Entry;
  checkpoint: Checkpoint;
  /** The checkpoint as it was signed. */
  note: Buffer;
}

/** What a receipt proves; throws `Refused` if it proves nothing. */
export function checkReceipt(data: Buffer, key: LogKey): Receipt {
  refuseUnless(data.length <= 360_448, "the receipt is too long");
  const at = data.indexOf("\n\n");
  refuseUnless(at >= 0, "the receipt has no checkpoint");
  const note = data.subarray(at + 2);
  const [title, extra, place, ...path] = readText(data.subarray(0, at), "the receipt").split("\n");
  refuseUnless(title === "c2sp.org/tlog-proof@v1", "the receipt is not a proof file");
  const hasEntry = extra?.startsWith("extra ") && place?.startsWith("index ");
  refuseUnless(hasEntry, "the receipt does not carry its entry");
  const bytes = readBase64(extra!.slice(6), "the entry");
  const index = readDecimal(place!.slice(6), "the index");
  refuseUnless(path.length <= 64, "the proof is too long");
  const hashes = path.map((line) => readHash(line, "a hash of the proof"));

  const checkpoint = readCheckpoint(note, key);
  verifyInclusion(leafHash(bytes), index, checkpoint.size, hashes, checkpoint.root);
  const entry = readEntry(bytes);
  refuseUnless(entry.index === index, "the entry has another number");
  return { entry, checkpoint, note };
}
