import { readFileSync } from "node:fs";
import { readdirSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { type LogFields, type Logger, type PeerId } from "@skein/runtime";
import { createServerHost } from "../src/servers/server-host.ts";
import { temporaryFolder } from "./cli.ts";
import { eventually, processes, runs } from "./processes.ts";

const peer = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp" as PeerId;

function startHost(options: Partial<Parameters<typeof createServerHost>[0]> = {}) {
  const log: { event: string; fields: LogFields }[] = [];
  const note = (event: string, fields: LogFields = {}): void => void log.push({ event, fields });
  const logger: Logger = { debug: note, info: note, warn: note, error: note };
  const dataPath = temporaryFolder();
  const host = createServerHost({ peer, servers: 1, codePath: temporaryFolder(), dataPath, logger, ...options });
  onTestFinished(() => host.close());
  return { host, log, dataPath };
}

const started = (log: readonly { event: string }[]) => log.filter(({ event }) => event === "server.started").length;

test("a server process runs until it is killed, which may be done twice, and says how it ended", async () => {
  const { host } = startHost();
  const server = await host.start(1);
  expect(runs(server.pid!)).toBe(true);
  server.kill();
  server.kill();
  expect(await server.exited).toEqual({ code: undefined, signal: "SIGKILL" });
  await server.link.closed;
});

test("one that is paused stands still until it goes on, and can be killed meanwhile", async () => {
  const { host } = startHost();
  const server = await host.start(1);
  const state = (): string | undefined => / ([A-Z]) /.exec(readFileSync(`/proc/${server.pid}/stat`, "utf8"))?.[1];
  server.pause?.(true);
  await eventually(() => state() === "T");
  server.pause?.(false);
  await eventually(() => state() !== "T");
  server.pause?.(true);
  server.kill();
  expect(await server.exited).toMatchObject({ signal: "SIGKILL" });
  server.pause?.(false);
});

test("it ends by itself when its link closes", async () => {
  const { host } = startHost();
  const server = await host.start(1);
  await eventually(() => processes().some((row) => row.pid === server.pid && row.command.includes("skein server 1")));
  server.link.close();
  expect(await server.exited).toEqual({ code: 0, signal: undefined });
});

test("a spare is started ahead, taken by the next start, and ended with the host", async () => {
  const { host, log, dataPath } = startHost();
  const first = await host.start(1);
  const before = new Set(processes().map((row) => row.pid));
  const later = (): number[] =>
    processes()
      .filter((row) => row.parent === process.pid && !before.has(row.pid) && row.command.includes("server-process"))
      .map((row) => row.pid);
  await eventually(() => later().length === 1);
  const [spare] = later();
  const second = await host.start(2);
  expect(second.pid).toBe(spare);
  expect(started(log)).toBe(2);
  await host.close();
  await host.close();
  await eventually(() => ![first.pid!, spare!, ...later()].some(runs));
  expect(readdirSync(dataPath)).toEqual([]);
  await expect(host.start(1)).rejects.toMatchObject({ code: "RUNTIME_CLOSED" });
});

test("what it wrote to standard error before it died is told with its exit", async () => {
  // An option that this Node does not know: it says so and ends.
  const { host, log } = startHost({
    isolation: "trusted",
    environment: { ...process.env, NODE_OPTIONS: "--no-such-option" },
  });
  const server = await host.start(1);
  const exit = await server.exited;
  expect(exit.code).not.toBe(0);
  expect(exit.lastWords).toContain("--no-such-option");
  expect(log).toContainEqual({
    event: "server.output",
    fields: { server: 1, stream: "stderr", line: expect.stringContaining("--no-such-option") },
  });
});
