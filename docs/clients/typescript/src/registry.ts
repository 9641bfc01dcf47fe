// Calls the registry: proves who asks (docs/spec/access.md), prepares, reviews, signs and
// submits commands (docs/spec/commands.md), and believes only what is proved.
//
// The types in gen/ are generated from the .proto files: see README.md.

import { Client, Metadata, credentials, status } from "@grpc/grpc-js";
import type { ServiceError } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import type { MessageTypeDefinition, MethodDefinition, PackageDefinition, ServiceDefinition } from "@grpc/proto-loader";
import { randomBytes } from "node:crypto";
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import type { ErrorInfo__Output } from "../gen/jcm/clients/ErrorInfo.js";
import type { Status__Output } from "../gen/jcm/clients/Status.js";
import type { ApplyAccount__Output } from "../gen/jcm/registry/v1/ApplyAccount.js";
import type { ApplyTransfer__Output } from "../gen/jcm/registry/v1/ApplyTransfer.js";
import type { CallerProof } from "../gen/jcm/registry/v1/CallerProof.js";
import type { CallerStatement } from "../gen/jcm/registry/v1/CallerStatement.js";
import type { Command, Command__Output } from "../gen/jcm/registry/v1/Command.js";
import type { PrivateData } from "../gen/jcm/registry/v1/PrivateData.js";
import type { RegistryDefinition } from "../gen/jcm/registry/v1/Registry.js";
import type { SubmitRequest, SubmitRequest__Output } from "../gen/jcm/registry/v1/SubmitRequest.js";
import { readEvent } from "./effects.js";
import type { Effect, Fields } from "./effects.js";
import { Refused, checkReceipt, effectDigest, readCheckpoint, refuseUnless, sha256, verifyConsistency } from "./receipt.js";
import type { Checkpoint, LogKey, Receipt } from "./receipt.js";
import { CALLER, COMMAND } from "./signing.js";
import type { Key } from "./signing.js";

export const VALID_MS = 60 * 60 * 1000;
const AGAIN = [status.UNAVAILABLE, status.DEADLINE_EXCEEDED, status.RESOURCE_EXHAUSTED];

// The messages. protobufjs writes fields in the order of their numbers; a field that is set
// is written even at its default value, which a command must not have: such are left out.

const FILES = ["registry", "command", "access"].map((name) => `jcm/registry/v1/${name}.proto`);
// From dist/src, where this file runs.
const top = (path: string) => fileURLToPath(new URL(`../../../../../${path}`, import.meta.url));

function load(defaults: boolean): PackageDefinition {
  const includeDirs = [top("proto"), top("docs/clients")];
  const longs = { longs: String, enums: String };
  return loadSync([...FILES, "errors.proto"], { keepCase: true, ...longs, defaults, oneofs: true, includeDirs });
}

const definitions = load(true);
const asWritten = load(false);

type Message<Input, Output> = MessageTypeDefinition<Input & object, Output & object>;

function message<Input, Output>(name: string, from: PackageDefinition = definitions): Message<Input, Output> {
  return from[name] as unknown as Message<Input, Output>;
}

const command = message<Command, Command__Output>("jcm.registry.v1.Command");
const exactCommand = message<object, object>("jcm.registry.v1.Command", asWritten);
const callerStatement = message<CallerStatement, unknown>("jcm.registry.v1.CallerStatement");
const callerProof = message<CallerProof, unknown>("jcm.registry.v1.CallerProof");
const submitRequest = message<SubmitRequest, SubmitRequest__Output>("jcm.registry.v1.SubmitRequest");
const errorStatus = message<unknown, Status__Output>("jcm.clients.Status");
const errorInfo = message<unknown, ErrorInfo__Output>("jcm.clients.ErrorInfo");

type Input<M> = M extends MethodDefinition<infer I, infer _A, infer _B, infer _C> ? I : never;
type Output<M> = M extends MethodDefinition<infer _A, infer _B, infer _C, infer O> ? O : never;

export const encodeCommand = (value: Command): Buffer => command.serialize(value);
export const readSubmitRequest = (data: Buffer): SubmitRequest__Output =>
  submitRequest.deserialize(data) as SubmitRequest__Output;

/** A call that the registry refused, or that did not reach it. */
export class Failed extends Error {
  readonly code: status;
  readonly reason: string;

  constructor(error: ServiceError) {
    let reason = "";
    for (const value of error.metadata?.get("grpc-status-details-bin") ?? []) {
      for (const detail of (errorStatus.deserialize(value as Buffer) as Status__Output).details) {
        if (!detail.type_url.endsWith("/google.rpc.ErrorInfo")) continue;
        reason = (errorInfo.deserialize(detail.value) as ErrorInfo__Output).reason;
      }
    }
    super(`${reason || status[error.code]}: ${error.details}`);
    this.code = error.code;
    this.reason = reason;
  }
}

export const clock = { nowMs: () => Date.now() };

/** Writes a file that only its owner may read, and comes back when it is on disk. */
function writeNew(path: string, data: Buffer): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const part = `${path}.part`;
  const file = openSync(part, "w", 0o600);
  for (let at = 0; at < data.length; ) at += writeSync(file, data, at);
  fsyncSync(file);
  closeSync(file);
  renameSync(part, path);
  const folder = openSync(dirname(path), "r");
  fsyncSync(folder);
  closeSync(folder);
}

/** One registry, known by its log key, whose name is the registry's origin. */
export class Registry {
  readonly origin: string;
  private readonly client: Client;

  constructor(
    url: string,
    private readonly logKey: LogKey,
    private readonly key: Key | undefined,
    private readonly home: string,
    authority?: string,
  ) {
    this.origin = logKey.name;
    const [scheme, target] = url.split("://");
    const known = target !== undefined && (scheme === "http" || scheme === "https");
    if (!known) throw new Error(`${url}: write http://host:port or https://host:port`);
    const roots = authority === undefined ? null : readFileSync(authority);
    const channel = scheme === "https" ? credentials.createSsl(roots) : credentials.createInsecure();
    // A call that gRPC repeats by itself would repeat its proof, which is refused.
    this.client = new Client(target, channel, { "grpc.enable_retries": 0 });
  }

  close(): void {
    this.client.close();
  }

  // Calls.

  /** A `CallerProof` for one call: this method, this message, now, once. */
  proof(path: string, bytes: Buffer, key: Key): Buffer {
    const payload = callerStatement.serialize({
      registry: this.origin,
      method: path,
      issued_at_ms: clock.nowMs(),
      nonce: randomBytes(16),
      message_digest: sha256(bytes),
    });
    return callerProof.serialize({ payload, public_key: key.public, signature: key.sign(CALLER, payload) });
  }

  /** Calls a method that takes one message and gives one. */
  call<Name extends keyof RegistryDefinition & string>(
    name: Name,
    request: Input<RegistryDefinition[Name]>,
  ): Promise<Output<RegistryDefinition[Name]>> {
    const service = definitions["jcm.registry.v1.Registry"] as ServiceDefinition;
    const { path, requestSerialize, responseDeserialize } = service[name]!;
    // The digest in the proof is that of the bytes sent: they are made once.
    const bytes = requestSerialize(request as object);
    const metadata = new Metadata();
    if (this.key) metadata.set("jcm-caller-bin", this.proof(path, bytes, this.key));
    const options = { deadline: Date.now() + 30_000 };
    return new Promise((resolve, reject) => {
      this.client.makeUnaryRequest(
        path,
        (ready: Buffer) => ready,
        responseDeserialize,
        bytes,
        metadata,
        options,
        (error, answer) => (error ? reject(new Failed(error)) : resolve(answer as Output<RegistryDefinition[Name]>)),
      );
    });
  }

  // Commands.

  private ownKey(): Key {
    if (!this.key) throw new Error("--key is needed: somebody has to sign");
    return this.key;
  }

  /**
   * Makes a command and has the registry say what it would do. Gives the bytes to sign,
   * with that effect pinned, and what `review` found it to be.
   */
  async prepare(body: Command): Promise<{ payload: Buffer; effects: Effect[] }> {
    const asked: Command = {
      registry: this.origin,
      command_id: randomBytes(16),
      valid_until_ms: clock.nowMs() + VALID_MS,
      ...body,
    };
    const signers = [this.ownKey().public];
    const shown = await this.call("Prepare", { payload: encodeCommand(asked), signers });
    const payload = encodeCommand({ ...asked, effect_digest: shown.effect_digest });
    return { payload, effects: review(payload, this.origin, shown.rule_set, shown.event) };
  }

  /** Signs a command that was reviewed, and keeps it before anybody sees it. */
  sign(payload: Buffer, privateData: PrivateData[]): string {
    const key = this.ownKey();
    const signatures = [{ public_key: key.public, signature: key.sign(COMMAND, payload) }];
    const id = readCommand(payload).command_id.toString("hex");
    const path = join(this.home, "commands", `${id}.command`);
    writeNew(path, submitRequest.serialize({ command: { payload, signatures }, private_data: privateData }));
    return path;
  }

  /**
   * Sends a command that was kept until there is an answer: the same bytes each time, so
   * that it happens once. Gives the path of the receipt, and the receipt.
   */
  async submit(path: string): Promise<{ kept: string; receipt: Receipt }> {
    const request = readSubmitRequest(readFileSync(path));
    const answer = await this.untilAnswered(request);
    const data = Buffer.from(answer);
    const name = basename(path, ".command");
    const kept = join(this.home, "receipts", `${name}.tlog-proof`);
    try {
      const receipt = believe(data, this.logKey, request.command?.payload);
      await this.follow(receipt.note);
      writeNew(kept, data);
      return { kept, receipt };
    } catch (error) {
      writeNew(join(this.home, "receipts", `${name}.unchecked`), data);
      throw error;
    }
  }

  private async untilAnswered(request: SubmitRequest): Promise<string> {
    for (let seconds = 1; ; seconds *= 2) {
      try {
        return (await this.call("Submit", request)).receipt;
      } catch (error) {
        if (!(error instanceof Failed && AGAIN.includes(error.code)) || seconds > 8) throw error;
        await wait(seconds * 1000);
      }
    }
  }

  /**
   * Refuses a checkpoint that is not of the history that was believed so far, and keeps
   * both; otherwise believes the longer one from now on.
   */
  private async follow(note: Buffer): Promise<void> {
    const trusted = join(this.home, "checkpoint");
    const shown = readCheckpoint(note, this.logKey);
    if (existsSync(trusted)) {
      const oldNote = readFileSync(trusted);
      const old = readCheckpoint(oldNote, this.logKey);
      const [first, second] = old.size <= shown.size ? [old, shown] : [shown, old];
      try {
        verifyConsistency(first, second, await this.consistency(first, second));
      } catch (error) {
        if (error instanceof Refused) {
          writeNew(join(this.home, "evidence", `${clock.nowMs()}-trusted`), oldNote);
          writeNew(join(this.home, "evidence", `${clock.nowMs()}-shown`), note);
        }
        throw error;
      }
      if (shown.size <= old.size) return;
    }
    writeNew(trusted, note);
  }

  private async consistency(first: Checkpoint, second: Checkpoint): Promise<Buffer[]> {
    if (first.size === 0n || first.size === second.size) return [];
    try {
      const sizes = { old_size: first.size.toString(), new_size: second.size.toString() };
      return (await this.call("GetConsistencyProof", sizes)).hashes;
    } catch (error) {
      if (!(error instanceof Failed) || AGAIN.includes(error.code)) throw error;
      throw new Refused(`the log is not proved to go on from what it was: ${error.message}`);
    }
  }
}

// What is signed, and what was recorded.

/** Decodes a command from the bytes that are signed, and from nothing else. */
export function readCommand(payload: Buffer): Command__Output {
  try {
    const again = exactCommand.serialize(exactCommand.deserialize(payload));
    refuseUnless(again.equals(payload), "the payload holds something that this client would not see");
    return command.deserialize(payload) as Command__Output;
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new Refused("the payload is not a command");
  }
}

/**
 * What a signature on `payload` would bring about, and nothing besides: decoded from the
 * command and from the effects whose digest it pins. The words of `PrepareResponse.effects`
 * are not looked at.
 */
export function review(payload: Buffer, origin: string, ruleSet: number, event: Buffer): Effect[] {
  const asked = readCommand(payload);
  refuseUnless(asked.registry === origin, "the command is for another registry");
  refuseUnless(BigInt(asked.valid_until_ms) <= BigInt(clock.nowMs() + VALID_MS), "the command is valid for too long");
  const pinned = asked.effect_digest.equals(effectDigest(ruleSet, event));
  refuseUnless(pinned, "the effects shown are not those that the command pins");
  const effects = readEvent(event);
  if (asked.apply_account) reviewAccount(asked.apply_account, effects);
  else if (asked.apply_transfer) reviewTransfer(asked.apply_transfer, effects);
  else throw new Refused(`this client does not sign ${asked.body}`);
  return effects;
}

function withoutFee({ fee: _, ...fields }: Fields): Fields {
  return fields;
}

function reviewAccount(asked: ApplyAccount__Output, effects: Effect[]): void {
  const applied = {
    person: { corporation: BigInt(asked.person?.corporate_number ?? 0).toString() },
    holder: {
      name_ja: asked.name_ja || null,
      name_en: asked.name_en,
      head_office_ja: asked.head_office_ja || null,
      head_office_en: asked.head_office_en,
    },
    particulars: asked.particulars_commitment.toString("hex"),
    attachments: asked.attachments.map((digest) => digest.toString("hex")),
    representative: asked.representative_key.toString("hex"),
  };
  const [[name, fields] = ["", {}]] = effects;
  const same = effects.length === 1 && name === "account_applied" && isDeepStrictEqual(withoutFee(fields), applied);
  refuseUnless(same, "the effects are not those of this application");
}

function reviewTransfer(asked: ApplyTransfer__Output, effects: Effect[]): void {
  const purpose = asked.purpose.replace("PURPOSE_", "").toLowerCase();
  const terms = {
    source: String(asked.source),
    destination: String(asked.destination),
    ranges: asked.ranges.map(({ block, first, last }) => ({ block: String(block), first, last })),
    purpose,
    gratuitous: asked.gratuitous,
    use_: asked.use && {
      kind: asked.use.kind.replace("USE_KIND_", "").toLowerCase(),
      reporting_year: asked.use.reporting_year === 0 ? null : String(asked.use.reporting_year),
      beneficiary: asked.use.beneficiary || null,
    },
  };
  const [[name, fields] = ["", {}], ...others] = effects;
  const same = name === "transfer_applied" && isDeepStrictEqual(withoutFee(fields), { terms });
  refuseUnless(same, "the effects are not those of this transfer");
  const fee = fields.fee as string | { due: string };
  const paid = { application: null, amount_yen: typeof fee === "string" ? "0" : fee.due };
  const line = { entry: asked.fee_payment, line: String(asked.fee_payment_line) };
  const allowed: Effect[] = [
    ["transfer_recorded", { application: null }],
    ["payment_applied", { payment: asked.fee_payment, ...paid }],
    ["payment_line_applied", { payment: line, ...paid }],
  ];
  const once = new Set<string>();
  for (const other of others) {
    // The one delays, the others follow from a use under Article 6.
    const harmless = other[0] === "transfer_delayed";
    const ofUse = ["first_transferred", "adjustment_booked"].includes(other[0]) && purpose !== "other";
    const askedFor = allowed.some((effect) => isDeepStrictEqual(effect, other)) && !once.has(other[0]);
    refuseUnless(harmless || ofUse || askedFor, `nobody asked for this: ${JSON.stringify(other)}`);
    once.add(other[0]);
  }
}

/** Checks a receipt, and that it is for this command, where one is given. */
export function believe(data: Buffer, logKey: LogKey, payload?: Buffer): Receipt {
  const receipt = checkReceipt(data, logKey);
  const { entry } = receipt;
  const recorded = readCommand(entry.payload);
  refuseUnless(recorded.registry === logKey.name, "the command is for another registry");
  const pinned = recorded.effect_digest;
  const same = pinned.length === 0 || pinned.equals(effectDigest(entry.ruleSet, entry.event));
  refuseUnless(same, "the recorded effects are not those that were signed");
  refuseUnless(!payload || payload.equals(entry.payload), "the receipt is for another command");
  return receipt;
}
