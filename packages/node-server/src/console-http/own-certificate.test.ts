import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DAY_MS, type PeerId } from "@skein/runtime";
import { expect, onTestFinished, test } from "vitest";
import { nodePlatform } from "../platform/installed.ts";
import { ownCertificate } from "./own-certificate.ts";
import { answeredHosts } from "./own-hosts.ts";
import { startConsole } from "./start-console.ts";

nodePlatform();

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "skein-tls-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test("a certificate is made once, kept for its owner only, and made anew before it ends", async () => {
  const folder = temporaryFolder();
  const nowMs = Date.now();
  const first = await ownCertificate(folder, nowMs);
  expect(first.fingerprint).toMatch(/^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  expect(await ownCertificate(folder, nowMs + 300 * DAY_MS)).toMatchObject({ fingerprint: first.fingerprint });
  if (process.platform !== "win32") expect(statSync(join(folder, "console-tls.pem")).mode & 0o777).toBe(0o600);
  const next = await ownCertificate(folder, nowMs + 340 * DAY_MS);
  expect(next.fingerprint).not.toBe(first.fingerprint);
  expect(new X509Certificate(next.cert).validToDate.getTime()).toBeGreaterThan(nowMs + 600 * DAY_MS);
});

test("a console with names of its own in its certificate answers to them, and to what it was bound to", async () => {
  const { cert } = await ownCertificate(temporaryFolder(), Date.now());
  expect(answeredHosts("0.0.0.0", cert)).toEqual(expect.arrayContaining(["localhost", "127.0.0.1"]));
  expect(answeredHosts("::1", undefined)).toEqual(["[::1]"]);
  expect(answeredHosts("Console.lan", undefined)).toEqual(["console.lan"]);
});

/** The status of an answer, and the certificate it came with. */
function ask(url: string, host?: string): Promise<{ readonly status: number; readonly fingerprint: string }> {
  return new Promise((resolve, reject) => {
    const headers = host === undefined ? {} : { host };
    const sent = request(url, { rejectUnauthorized: false, headers, agent: false }, (response) => {
      response.resume();
      const { fingerprint256 = "" } =
        "getPeerCertificate" in response.socket
          ? // A request by https has a TLS socket.
            (response.socket as import("node:tls").TLSSocket).getPeerCertificate()
          : {};
      resolve({ status: response.statusCode ?? 0, fingerprint: fingerprint256 });
    });
    sent.on("error", reject).end();
  });
}

test("a console on all addresses shows its own certificate, and is no other name's", async () => {
  const console = await startConsole({
    host: "0.0.0.0",
    port: 0,
    tls: "auto",
    dataPath: temporaryFolder(),
    pages: temporaryFolder(),
    sessionKey: new Uint8Array(32),
    // Nobody is behind it.
    peer: "" as PeerId,
    addresses: () => [],
    session: () => Promise.reject(new Error("no cluster")),
  });
  onTestFinished(async () => await console.close());
  const { port } = new URL(console.url);
  const here = `https://127.0.0.1:${port}/`;
  expect(await ask(here)).toEqual({ status: 401, fingerprint: console.fingerprint });
  expect((await ask(here, `evil.example:${port}`)).status).toBe(403);
  expect((await ask(here, new URL(console.url).host)).status).toBe(401);
});
