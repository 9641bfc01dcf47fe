// Ed25519 keys, and what is signed with them (docs/spec/keys.md).

import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

export const COMMAND = "application/vnd.jcm-registry.command.v1+protobuf";
export const CALLER = "application/vnd.jcm-registry.caller.v1+protobuf";

// The one point of small order that an honest key's signature could name as R.
const IDENTITY = Buffer.concat([Buffer.of(1), Buffer.alloc(31)]);

/** The bytes that a signature covers: DSSE v1's pre-authentication encoding. */
export function pae(payloadType: string, payload: Buffer): Buffer {
  const kind = Buffer.from(payloadType);
  return Buffer.concat([Buffer.from(`DSSEv1 ${kind.length} ${kind} ${payload.length} `), payload]);
}

/**
 * Whether a signature is good. Stock Ed25519 checks S and compares R; that R is not
 * of small order is what keys.md, section 2, asks for besides.
 */
export function verifies(publicKey: Buffer, signature: Buffer, message: Buffer): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  if (signature.subarray(0, 32).equals(IDENTITY)) return false;
  try {
    const x = publicKey.toString("base64url");
    const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
    return verify(null, message, key, signature);
  } catch {
    return false;
  }
}

/** A private key: PKCS#8 in PEM, as `openssl genpkey -algorithm ed25519` writes it. */
export class Key {
  readonly public: Buffer;

  private constructor(private readonly secret: KeyObject) {
    if (secret.asymmetricKeyType !== "ed25519") throw new Error("the file does not hold an Ed25519 key");
    this.public = Buffer.from(createPublicKey(secret).export({ format: "jwk" }).x as string, "base64url");
  }

  static load(path: string, passphrase?: string): Key {
    return new Key(createPrivateKey({ key: readFileSync(path), format: "pem", passphrase }));
  }

  /** Makes a key and writes it to a new file that its owner alone may read. */
  static create(path: string): Key {
    const { privateKey } = generateKeyPairSync("ed25519");
    const pem = privateKey.export({ format: "pem", type: "pkcs8" });
    writeFileSync(path, pem, { flag: "wx", mode: 0o600 });
    return new Key(privateKey);
  }

  sign(payloadType: string, payload: Buffer): Buffer {
    return sign(null, pae(payloadType, payload), this.secret);
  }
}
