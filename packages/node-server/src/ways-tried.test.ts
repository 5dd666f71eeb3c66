import { createServer, type Socket } from "node:net";
import { SkeinError } from "@skein/runtime";
import { expect, onTestFinished, test } from "vitest";
import { checkConnect } from "./connect-options.ts";
import { connect } from "./index.ts";
import { openClient } from "./open-client.ts";
import { WaysTried } from "./ways-tried.ts";

const late = new SkeinError("TIMEOUT", "a cluster: not done within 50 ms", { hint: "" });

test("a connect that takes too long says where it has looked, and that no answer came", async () => {
  // What it loads on demand is there: only the way itself takes time.
  expect([checkConnect, openClient].map((loaded) => typeof loaded)).toEqual(["function", "function"]);
  const sockets: Socket[] = [];
  const silent = createServer((socket) => void sockets.push(socket.on("error", () => {})));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
  await new Promise<void>((resolve) => void silent.listen(0, "127.0.0.1", resolve));
  const address = silent.address();
  const place = `127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  const secret = "k3v9x-2mq8r-w0z7t-b5ynd-1hj6c-4gpsf";
  await expect(connect(undefined, { secret, nodes: [place], timeoutMs: 4000 })).rejects.toMatchObject({
    code: "TIMEOUT",
    message: `a cluster: not done within 4000 ms; tried: the secret, at ${place} (no answer yet)`,
    hint: expect.stringContaining("skein check"),
  });
});

test("each way is told with how it ended, and other errors stay as they are", async () => {
  const ways = new WaysTried();
  expect(ways.explain(late)).toBe(late);
  const refused = new SkeinError("NOT_A_MEMBER", "it does not know us", { hint: "" });
  await expect(ways.along("the invite, at a:1", async () => await Promise.reject(refused))).rejects.toBe(refused);
  await ways.along(
    "the network",
    async () => await Promise.resolve(undefined),
    () => "not there",
  );
  await ways.along(
    "the network",
    async () => await Promise.resolve(undefined),
    () => "not there",
  );
  void ways.along("who schedules there", async () => await new Promise(() => {}));
  expect(ways.explain(late).message).toBe(
    `${late.message}; tried: the invite, at a:1 (it does not know us); the network (not there), 2 times; who schedules there (no answer yet)`,
  );
  expect(ways.explain(refused)).toBe(refused);
});
