// A holder's client: opens an account, transfers units, checks receipts. README.md beside
// this folder says how to run it.
//
// Exit codes: 0 done, 1 something is not believed, 2 usage, 3 the registry refused.

import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import type { Command } from "../gen/jcm/registry/v1/Command.js";
import type { PrivateData } from "../gen/jcm/registry/v1/PrivateData.js";
import { readEvent } from "./effects.js";
import type { Effect } from "./effects.js";
import { Refused, parseLogKey, sha256 } from "./receipt.js";
import { Failed, Registry, believe, readSubmitRequest } from "./registry.js";
import { Key } from "./signing.js";

const USAGE = `usage: node dist/src/holder.js COMMAND [FLAGS]

  keygen FILE                                make a key
  check --log-key K [--command FILE] [--effects] RECEIPT...
                                             check receipts; no network
  open --corporate-number N --name-en T --head-office-en T [--name-ja T]
       [--head-office-ja T] --particulars FILE --attachment FILE...
                                             apply for an account
  application NUMBER                         show an application
  account NUMBER                             show an account and what it holds
  transfer --source A --destination A --units 7:1-500... --purpose P
           [--use U] [--year Y] [--beneficiary T]
                                             apply for a transfer, paying its fee
  submit FILE                                send a command that was kept, once more

P: retirement, cancellation, other. U: ndc, shk, gx_ets, voluntary. All but keygen and
check take --registry URL, --log-key K, --key FILE (its passphrase in JCM_PASSPHRASE),
--home FOLDER, --authority FILE (who vouches for the TLS certificate, PEM), and --yes
(sign without asking).`;

const string = { type: "string" } as const;
const list = { type: "string", multiple: true } as const;
const flag = { type: "boolean" } as const;
const ONLINE = { registry: string, "log-key": string, key: string, home: string, authority: string, yes: flag };
const FLAGS = {
  ...ONLINE,
  "corporate-number": string,
  "name-en": string,
  "name-ja": string,
  "head-office-en": string,
  "head-office-ja": string,
  particulars: string,
  attachment: list,
  source: string,
  destination: string,
  units: list,
  purpose: string,
  use: string,
  year: string,
  beneficiary: string,
  command: string,
  effects: flag,
};

class Usage extends Error {}

const read = (args: string[]) => parseArgs({ args, options: FLAGS, allowPositionals: true, strict: true });
type Arguments = ReturnType<typeof read>;
type Flags = Arguments["values"];
type Text = { [Name in keyof Flags]: Flags[Name] extends string | undefined ? Name : never }[keyof Flags] & string;

function needed(flags: Flags, name: Text): string {
  const value = flags[name];
  if (value === undefined) throw new Usage(`--${name} is needed`);
  return value;
}

function wholeNumber(text: string | undefined): number {
  if (text === undefined || !/^[0-9]{1,15}$/.test(text)) throw new Usage(`${text ?? "nothing"} is no number`);
  return Number(text);
}

function oneOf(name: string, text: string, values: string[]): string {
  if (!values.includes(text)) throw new Usage(`--${name} is one of ${values.join(", ")}`);
  return text;
}

const say = (name: string, value: unknown) => console.log(`${name} ${value}`);

const shown = (effects: Effect[]) =>
  effects.map(([name, fields]) => `effect ${name} ${JSON.stringify(fields)}`).join("\n");

async function confirm(flags: Flags, effects: Effect[]): Promise<void> {
  console.error(shown(effects));
  if (flags.yes) return;
  if (process.stdin.isTTY) {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    const answer = await terminal.question("Sign this? (yes/no) ");
    terminal.close();
    if (answer === "yes") return;
  }
  throw new Usage("nothing was signed; --yes signs without asking");
}

/** Prepare, review, sign, keep, submit, believe. */
async function act(registry: Registry, flags: Flags, body: Command, privateData: PrivateData[] = []): Promise<string> {
  const { payload, effects } = await registry.prepare(body);
  await confirm(flags, effects);
  const kept = registry.sign(payload, privateData);
  say("command", kept);
  return finish(registry, kept);
}

async function finish(registry: Registry, file: string): Promise<string> {
  const { kept, receipt } = await registry.submit(file);
  say("receipt", kept);
  say("entry", receipt.entry.index);
  return receipt.entry.index.toString();
}

/** `7:1-500`: units 1 to 500 of block 7. */
function parseUnits(text: string): { block: number; first: number; last: number } {
  const parts = /^([0-9]+):([0-9]+)(?:-([0-9]+))?$/.exec(text);
  if (!parts) throw new Usage(`${text} is no range of units: write 7:1-500`);
  const [, block, first, last = first] = parts;
  return { block: wholeNumber(block), first: wholeNumber(first), last: wholeNumber(last) };
}

function keygen(file: string | undefined): void {
  if (file === undefined) throw new Usage("name the file to write");
  say("public_key", Key.create(file).public.toString("hex"));
}

function japanTime(timeMs: bigint): string {
  const shifted = new Date(Number(timeMs) + 9 * 60 * 60 * 1000);
  return `${shifted.toISOString().slice(0, 19)}+09:00`;
}

function unlessRefused<T>(read: () => T): T | Refused {
  try {
    return read();
  } catch (error) {
    if (error instanceof Refused) return error;
    throw error;
  }
}

function check(flags: Flags, files: string[]): void {
  if (files.length === 0) throw new Usage("name the receipts to check");
  const key = parseLogKey(needed(flags, "log-key"));
  const payload = flags.command && readSubmitRequest(readFileSync(flags.command)).command?.payload;
  let refused = 0;
  for (const file of files) {
    const receipt = unlessRefused(() => believe(readFileSync(file), key, payload || undefined));
    if (receipt instanceof Refused) {
      refused += 1;
      console.log(`refused ${file}: ${receipt.message}`);
      continue;
    }
    const { entry, checkpoint } = receipt;
    console.log(`ok ${file}: entry ${entry.index} of ${japanTime(entry.timeMs)}, in a log of ${checkpoint.size}`);
    if (!flags.effects) continue;
    const effects = unlessRefused(() => shown(readEvent(entry.event)));
    console.log(effects instanceof Refused ? `effects not shown: ${effects.message}` : effects);
  }
  if (refused > 0) throw new Refused(`${refused} of ${files.length} receipts prove nothing`);
}

async function open(registry: Registry, flags: Flags, key: Key): Promise<void> {
  if (!flags.attachment) throw new Usage("--attachment is needed");
  // Particulars stay out of the log: the command commits to them under a salt.
  const [salt, data] = [randomBytes(32), readFileSync(needed(flags, "particulars"))];
  const entry = await act(
    registry,
    flags,
    {
      apply_account: {
        person: { corporate_number: needed(flags, "corporate-number") },
        // What is empty is left out, as a command must have it.
        ...(flags["name-ja"] && { name_ja: flags["name-ja"] }),
        name_en: needed(flags, "name-en"),
        ...(flags["head-office-ja"] && { head_office_ja: flags["head-office-ja"] }),
        head_office_en: needed(flags, "head-office-en"),
        particulars_commitment: sha256("jcm-commitment/v1\n", salt, data),
        attachments: flags.attachment.map((file) => sha256(readFileSync(file))),
        representative_key: key.public,
      },
    },
    [{ salt, data }],
  );
  await showApplication(registry, entry);
}

async function showApplication(registry: Registry, number: string): Promise<void> {
  const found = await registry.call("GetApplication", { application: number });
  const names = ["entry", "kind", "status", "fee_yen", "settled_yen", "invoice_reference", "account"] as const;
  for (const name of names) say(`application.${name}`, found[name]);
}

async function account(registry: Registry, number: number): Promise<void> {
  const found = await registry.call("GetAccount", { account: number });
  say("number", found.number);
  say("balance_tonnes", found.balance_tonnes);
  let token = "";
  do {
    const page = await registry.call("ListHoldings", { account: number, page_token: token });
    for (const { range } of page.holdings) say("holding", `${range?.block}:${range?.first}-${range?.last}`);
    token = page.next_page_token;
  } while (token);
}

/** A payment of this holder's, recorded by the operator, that covers the fee. */
async function findPayment(registry: Registry, feeYen: bigint) {
  let token = "";
  do {
    const page = await registry.call("ListPayments", { unspent_only: true, page_token: token });
    const found = page.payments.find((payment) => BigInt(payment.left_yen) >= feeYen);
    if (found) return found;
    token = page.next_page_token;
  } while (token);
  return undefined;
}

async function transfer(registry: Registry, flags: Flags): Promise<void> {
  const source = wholeNumber(needed(flags, "source"));
  const destination = wholeNumber(needed(flags, "destination"));
  const ranges = (flags.units ?? []).map(parseUnits).sort((a, b) => a.block - b.block || a.first - b.first);
  if (ranges.length === 0) throw new Usage("--units is needed");
  const purpose = oneOf("purpose", needed(flags, "purpose"), ["retirement", "cancellation", "other"]);
  const use = flags.use && oneOf("use", flags.use, ["ndc", "shk", "gx_ets", "voluntary"]);
  const quote = await registry.call("Quote", { kind: "transfer", source, destination, ranges });
  say("fee_yen", quote.fee_yen);
  const fee = BigInt(quote.fee_yen);
  const payment = fee > 0n ? await findPayment(registry, fee) : undefined;
  if (payment) say("fee_payment", `${payment.entry}/${payment.line}`);
  const entry = await act(registry, flags, {
    apply_transfer: {
      source,
      destination,
      quantity_tonnes: ranges.reduce((sum, range) => sum + range.last - range.first + 1, 0),
      ranges,
      purpose: `PURPOSE_${purpose.toUpperCase()}` as "PURPOSE_OTHER",
      ...(use && {
        use: {
          kind: `USE_KIND_${use.toUpperCase()}` as "USE_KIND_NDC",
          ...(flags.year && { reporting_year: wholeNumber(flags.year) }),
          ...(flags.beneficiary && { beneficiary: flags.beneficiary }),
        },
      }),
      ...(payment && { fee_payment: payment.entry, ...(payment.line && { fee_payment_line: payment.line }) }),
    },
  });
  await showApplication(registry, entry);
}

async function online(name: string, flags: Flags, words: string[]): Promise<void> {
  const key = flags.key === undefined ? undefined : Key.load(flags.key, process.env.JCM_PASSPHRASE);
  const logKey = parseLogKey(needed(flags, "log-key"));
  const registry = new Registry(needed(flags, "registry"), logKey, key, flags.home ?? ".", flags.authority);
  try {
    if (name === "open") {
      if (!key) throw new Usage("--key is needed");
      await open(registry, flags, key);
    } else if (name === "transfer") await transfer(registry, flags);
    else if (name === "application") await showApplication(registry, String(wholeNumber(words[0])));
    else if (name === "account") await account(registry, wholeNumber(words[0]));
    else if (name === "submit" && words[0] !== undefined) await finish(registry, words[0]);
    else throw new Usage(USAGE);
  } finally {
    registry.close();
  }
}

async function main(): Promise<number> {
  try {
    const [name = "", ...rest] = process.argv.slice(2);
    if (name === "--help") {
      console.log(USAGE);
      return 0;
    }
    const { values, positionals } = read(rest);
    if (name === "keygen") keygen(positionals[0]);
    else if (name === "check") check(values, positionals);
    else await online(name, values, positionals);
    return 0;
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    if (error instanceof Refused) console.error(`NOT BELIEVED: ${words}`);
    else if (error instanceof Failed) console.error(`REFUSED: ${words}`);
    else console.error(`error: ${words}`);
    return error instanceof Refused ? 1 : error instanceof Failed ? 3 : 2;
  }
}

process.exitCode = await main();
