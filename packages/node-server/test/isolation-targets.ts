/** For tests and gates: what code in server processes tries to reach, made anew, and looked at afterwards. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Targets } from "./fixtures/probes.ts";

export const SECRET_VARIABLE = "SECRET_OF_THE_NODE";

export interface MadeTargets extends AsyncDisposable {
  readonly targets: Omit<Targets, "planted" | "node">;
  /** What is not as it was made. */
  changes(): readonly string[];
}

export async function makeTargets(): Promise<MadeTargets> {
  const outside = mkdtempSync(join(tmpdir(), "skein-outside-"));
  chmodSync(outside, 0o700);
  writeFileSync(join(outside, "secret"), "secret", { mode: 0o600 });
  const database = new DatabaseSync(join(outside, "secret.db"));
  database.exec("create table t (v text); insert into t values ('secret')");
  database.close();
  const http = createHttpServer((_, response) => response.end("hello")).listen(0, "127.0.0.1");
  const udp = createSocket("udp4").bind(0, "127.0.0.1");
  udp.on("message", (_, { port, address }) => udp.send("pong", port, address));
  const local = createServer((socket) => socket.on("error", () => {})).listen(join(outside, "socket"));
  await Promise.all([once(http, "listening"), once(udp, "listening"), once(local, "listening")]);
  const address = http.address();
  const made = readdirSync(outside).toSorted();
  return {
    targets: {
      outside,
      tcp: typeof address === "object" ? (address?.port ?? 0) : 0,
      udp: udp.address().port,
      addon: join(outside, "secret"),
      variable: SECRET_VARIABLE,
    },
    changes: () => [
      ...readdirSync(outside).filter((name) => !made.includes(name)),
      ...(readFileSync(join(outside, "secret"), "utf8") === "secret" ? [] : ["secret"]),
    ],
    async [Symbol.asyncDispose]() {
      http.closeAllConnections();
      for (const server of [http, local]) server.close();
      udp.close();
      rmSync(outside, { recursive: true, force: true });
    },
  };
}
