import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { freePort } from "./free-port.ts";
import { secretFile } from "./secret-file.ts";

test("a port that is taken, or excepted, is passed over", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const free = await freePort("127.0.0.1", port);
  expect(free).toBeGreaterThan(port);
  expect(await freePort("127.0.0.1", port, new Set([free]))).toBeGreaterThan(free);
});

test("a secret is made once, for its owner only, and a file of another size is refused", () => {
  const folder = mkdtempSync(join(tmpdir(), "skein-secret-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "secret");
  const secret = secretFile(path, 32);
  expect(secret).toHaveLength(32);
  expect(secretFile(path, 32)).toEqual(secret);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(["secret"]);
  writeFileSync(path, "short");
  expect(() => secretFile(path, 32)).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
});
