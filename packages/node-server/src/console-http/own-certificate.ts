/** A self-signed certificate for the console, kept in the data directory and made anew before it ends. */
import { randomBytes, X509Certificate } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { DAY_MS } from "@skein/runtime";
import { ownAddresses } from "./own-hosts.ts";

const FILE = "console-tls.pem";
/** How long one is good for: browsers take none that is good for longer than 398 days. */
const GOOD_FOR_MS: number = 365 * DAY_MS;
/** One that ends sooner is made anew. */
const RENEW_BEFORE_MS: number = 30 * DAY_MS;

export interface OwnCertificate {
  /** In PEM. */
  readonly cert: string;
  readonly key: string;
  /** SHA-256 as browsers show it: `AB:CD:…`. People compare it, as nobody else vouches for the certificate. */
  readonly fingerprint: string;
}

/** The one kept below `dataPath` (in a file only its owner can read) while it is good at `nowMs` and after; else a new one. */
export async function ownCertificate(dataPath: string, nowMs: number): Promise<OwnCertificate> {
  const path = join(dataPath, FILE);
  const kept = read(path);
  if (kept !== undefined && kept.goodUntilMs - nowMs > RENEW_BEFORE_MS) return kept;
  const { cert, key } = await make(nowMs);
  mkdirSync(dataPath, { recursive: true, mode: 0o700 });
  const aside = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  writeFileSync(aside, `${key.trim()}\n${cert.trim()}\n`, { mode: 0o600 });
  renameSync(aside, path);
  return { cert, key, fingerprint: new X509Certificate(cert).fingerprint256 };
}

/** `undefined` when there is none, or it can't be read as one. */
function read(path: string): (OwnCertificate & { readonly goodUntilMs: number }) | undefined {
  try {
    const text = readFileSync(path, "utf8");
    if (process.platform !== "win32") chmodSync(path, 0o600);
    const [key = "", cert = ""] = text.split(/(?=-----BEGIN CERTIFICATE-----)/);
    const { fingerprint256, validToDate } = new X509Certificate(cert);
    return { cert, key, fingerprint: fingerprint256, goodUntilMs: validToDate.getTime() };
  } catch {
    return undefined;
  }
}

async function make(nowMs: number): Promise<{ readonly cert: string; readonly key: string }> {
  const { generate } = await import("selfsigned");
  const made = await generate([{ name: "commonName", value: `skein console of ${hostname()}`.slice(0, 64) }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    // Clocks differ a little.
    notBeforeDate: new Date(nowMs - DAY_MS),
    notAfterDate: new Date(nowMs + GOOD_FOR_MS),
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 2, value: hostname() },
          ...["127.0.0.1", "::1", ...ownAddresses()].map((ip) => ({ type: 7, ip }) as const),
        ],
      },
    ],
  });
  return { cert: made.cert, key: made.private };
}
