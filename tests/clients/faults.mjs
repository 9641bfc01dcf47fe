// Proofs and commands with one fault each, made with the code of docs/clients/typescript, and
// what becomes of them: the registry's reason, or that the client itself refused.
//
//     BUILT=DIST node faults.mjs URL LOG_KEY KEY_OF_ACCOUNT_1001 KEY_OF_A_STRANGER

import assert from "node:assert";
import { randomBytes } from "node:crypto";
import { pathToFileURL } from "node:url";

const use = (name) => import(pathToFileURL(`${process.env.BUILT}/src/${name}.js`).href);
const { Registry, Failed, VALID_MS, clock, encodeCommand, review } = await use("registry");
const { Refused, effectDigest, parseLogKey } = await use("receipt");
const { COMMAND, Key } = await use("signing");

const [url, logKey, own, stranger] = process.argv.slice(2);
const [key, other] = [Key.load(own), Key.load(stranger)];
const registry = new Registry(url, parseLogKey(logKey), key, ".");
const honest = registry.proof.bind(registry);

async function reason(call) {
  try {
    await call();
  } catch (error) {
    if (error instanceof Failed) return error.reason;
    if (error instanceof Refused) return "refused";
    throw error;
  }
  return "ACCEPTED";
}

async function askedWith(proof) {
  registry.proof = proof;
  const answer = await reason(() => registry.call("GetAccount", { account: 1001 }));
  registry.proof = honest;
  return answer;
}

// Names one key, and is signed with another.
const signedByAnother = (path, bytes) =>
  honest(path, bytes, { public: key.public, sign: (type, payload) => other.sign(type, payload) });

function ofTwoMinutesAgo(path, bytes) {
  const nowMs = clock.nowMs;
  clock.nowMs = () => nowMs() - 120_000;
  const proof = honest(path, bytes, key);
  clock.nowMs = nowMs;
  return proof;
}

assert.equal(await askedWith(honest), "ACCEPTED");
console.log("signed by another key:", await askedWith(signedByAnother));
const longer = (bytes) => Buffer.concat([bytes, Buffer.of(0)]);
console.log("of another message:", await askedWith((path, bytes) => honest(path, longer(bytes), key)));
console.log("of another method:", await askedWith((path, bytes) => honest(`${path}s`, bytes, key)));
console.log("of two minutes ago:", await askedWith(ofTwoMinutesAgo));
let once;
assert.equal(await askedWith((path, bytes) => (once = honest(path, bytes, key))), "ACCEPTED");
console.log("used before:", await askedWith(() => once));

// A transfer that pays its fee, as the registry shows it.
const [payment] = (await registry.call("ListPayments", { unspent_only: true })).payments;
const command = {
  registry: registry.origin,
  command_id: randomBytes(16),
  valid_until_ms: clock.nowMs() + VALID_MS,
  apply_transfer: {
    source: 1001,
    destination: 1002,
    quantity_tonnes: 300,
    ranges: [{ block: 1, first: 101, last: 400 }],
    purpose: "PURPOSE_OTHER",
    fee_payment: payment.entry,
  },
};
const shown = await registry.call("Prepare", { payload: encodeCommand(command), signers: [key.public] });

function reviewed(event, digest, changed = command) {
  const payload = encodeCommand({ ...changed, effect_digest: digest });
  review(payload, registry.origin, shown.rule_set, event);
  return payload;
}

const payload = reviewed(shown.event, shown.effect_digest);
const signatures = [{ public_key: key.public, signature: other.sign(COMMAND, payload) }];
const submit = () => registry.call("Submit", { command: { payload, signatures } });
console.log("command signed by another key:", await reason(submit));

function* allChanges(data) {
  for (let at = 0; at < data.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const changed = Buffer.from(data);
      changed[at] ^= 1 << bit;
      yield changed;
    }
  }
}

/** `refused` if every case is. */
async function verdict(cases) {
  const verdicts = new Set(await Promise.all(cases.map(reason)));
  return [...verdicts].join(" and ");
}

const changes = [...allChanges(shown.event)];
assert(changes.length > 100);
const unlike = changes.map((event) => () => reviewed(event, shown.effect_digest));
console.log("effects changed, digest not:", await verdict(unlike));
const unpinned = [...allChanges(shown.effect_digest)].map((digest) => () => reviewed(shown.event, digest));
console.log("digest changed, effects not:", await verdict(unpinned));
const lies = changes.map((event) => () => reviewed(event, effectDigest(shown.rule_set, event)));
console.log("effects and digest changed:", await verdict(lies));

// The same effects for a command that asks for something else.
const asking = (change) => ({ ...command, apply_transfer: { ...command.apply_transfer, ...change } });
const others = [{ source: 1002 }, { destination: 3 }, { fee_payment: 1 }, { gratuitous: true }]
  .map(asking)
  .concat({ ...command, registry: "registry.test/another" })
  .map((changed) => () => reviewed(shown.event, shown.effect_digest, changed));
const unseen = Buffer.concat([payload, Buffer.from("f83f01", "hex")]);
others.push(() => review(unseen, registry.origin, shown.rule_set, shown.event));
console.log("command changed:", await verdict(others));
registry.close();
