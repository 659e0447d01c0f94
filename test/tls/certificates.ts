// Certificates for servers of tests, made with `node:crypto` alone: it signs, and the few ASN.1 structures of a certificate are
// written here.
import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

/** A certificate and its key, as PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** An authority that signs certificates. */
export interface Authority extends Certificate {
  /** A certificate of a server with this DNS name. */
  issue(dnsName: string): Certificate;
}

/** Makes an authority that nobody trusts yet. */
export function createAuthority(name: string): Authority {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const own = { subject: name, issuer: name, publicKey, signer: privateKey };
  return {
    cert: writeCertificate({ ...own, extensions: [extension("551d13", sequence(boolean(true)), true)] }),
    key: pemOf(privateKey),
    issue(dnsName) {
      const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const names = extension("551d11", sequence(der(0x82, Buffer.from(dnsName))));
      const cert = writeCertificate({ ...own, subject: dnsName, publicKey: pair.publicKey, extensions: [names] });
      return { cert, key: pemOf(pair.privateKey) };
    },
  };
}

interface Content {
  readonly subject: string;
  readonly issuer: string;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  readonly extensions: readonly Buffer[];
}

const DAY_MS = 24 * 60 * 60 * 1000;

function writeCertificate({ subject, issuer, publicKey, signer, extensions }: Content): string {
  const ecdsaWithSha256 = sequence(identifier("2a8648ce3d040302"));
  const serial = der(2, Buffer.concat([Buffer.from([1]), randomBytes(8)]));
  const toSign = sequence(
    der(0xa0, der(2, Buffer.from([2]))),
    serial,
    ecdsaWithSha256,
    nameOf(issuer),
    sequence(time(Date.now() - DAY_MS), time(Date.now() + DAY_MS)),
    nameOf(subject),
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = sign("sha256", toSign, createPrivateKey(pemOf(signer)));
  const whole = sequence(toSign, ecdsaWithSha256, der(3, Buffer.concat([Buffer.from([0]), signature])));
  const lines = whole.toString("base64").match(/.{1,64}/g) as string[];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

function pemOf(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }) as string;
}

/** One value: its tag, its length, its bytes. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const long = body.length > 0xff ? [0x82, body.length >> 8, body.length & 0xff] : [0x81, body.length];
  return Buffer.concat([Buffer.from([tag, ...(body.length < 0x80 ? [body.length] : long)]), body]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, ...parts);
}

function identifier(hex: string): Buffer {
  return der(6, Buffer.from(hex, "hex"));
}

function boolean(value: boolean): Buffer {
  return der(1, Buffer.from([value ? 0xff : 0]));
}

function nameOf(commonName: string): Buffer {
  return sequence(der(0x31, sequence(identifier("550403"), der(12, Buffer.from(commonName)))));
}

function time(ms: number): Buffer {
  return der(
    0x18,
    Buffer.from(
      new Date(ms)
        .toISOString()
        .replaceAll(/[-:T]/g, "")
        .replace(/\.\d+Z$/, "Z"),
    ),
  );
}

function extension(hex: string, value: Buffer, isCritical = false): Buffer {
  return sequence(identifier(hex), ...(isCritical ? [boolean(true)] : []), der(4, value));
}
