import type { ClusterSnapshot } from "@skein/runtime";
import { expect, test } from "vitest";
import { SimulatedCluster } from "../dev/simulated-cluster.ts";
import type { ClusterObserver } from "../model/source.ts";
import { consoleSource, type Followed, type SessionParts } from "./session.ts";

const ANSWER = { invite: "i", peer: "p", scheduler: { peer: "p", server: 0 } };
const SNAPSHOT: ClusterSnapshot = new SimulatedCluster().snapshot();

const replay = (): Promise<void> => Promise.resolve();

interface Script {
  readonly open: SessionParts["open"];
  readonly follow?: SessionParts["follow"];
}

/** Runs a session whose pauses are instant; stops it after `rounds` of them. */
async function run({ open, follow }: Script, rounds: number): Promise<{ told: string[]; pauses: number[] }> {
  const told: string[] = [];
  const pauses: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const observer: ClusterObserver = {
    snapshot: () => void told.push("snapshot"),
    events: () => void told.push("events"),
    connection: ({ phase }) => void told.push(phase),
  };
  const watching = consoleSource({
    open,
    replay,
    follow: follow ?? (() => Promise.resolve()),
    now: () => 1000,
    pause: async (ms) => {
      pauses.push(ms);
      if (pauses.length < rounds) return;
      watching[Symbol.dispose]();
      resolve();
    },
  }).watch(observer);
  await promise;
  return { told, pauses };
}

test("a page is live from the first snapshot on, and says so again after the cluster came back", async () => {
  const follow = async (_: unknown, followed: Followed): Promise<void> => followed.snapshot(SNAPSHOT);
  const { told, pauses } = await run({ open: async () => ANSWER, follow }, 2);
  expect(told).toEqual(["snapshot", "live", "ended", "snapshot", "live", "ended"]);
  expect(pauses).toEqual([500, 500]);
});

test("a page whose connection breaks says so at once, and that it is back", async () => {
  const follow = async (_: unknown, followed: Followed): Promise<void> => {
    followed.away(true);
    followed.snapshot(SNAPSHOT);
    followed.away(true);
    followed.away(false);
    followed.away(true);
  };
  const { told } = await run({ open: async () => ANSWER, follow }, 1);
  expect(told).toEqual(["snapshot", "live", "away", "live", "away", "ended"]);
});

test("while there is no console it tries again, ever more slowly", async () => {
  const { told, pauses } = await run({ open: () => Promise.reject(new Error("refused")) }, 6);
  expect(new Set(told)).toEqual(new Set(["ended"]));
  expect(pauses).toEqual([500, 1000, 2000, 4000, 5000, 5000]);
});

test("a browser that is not logged in says so, and looks again", async () => {
  const answers = ["locked", ANSWER] as const;
  let at = 0;
  const open: SessionParts["open"] = async () => answers[at++] ?? "locked";
  const follow = async (_: unknown, followed: Followed): Promise<void> => followed.snapshot(SNAPSHOT);
  const { told, pauses } = await run({ open, follow }, 2);
  expect(told).toEqual(["locked", "snapshot", "live", "ended"]);
  expect(pauses[0]).toBe(10_000);
});

test("after a loss it asks for what it missed", async () => {
  const asked: unknown[] = [];
  const cluster = new SimulatedCluster({ jobs: [{ name: "j", tasks: 9, fns: [["f", 1000]] }] });
  const follow: SessionParts["follow"] = async (_, followed, since) => {
    asked.push(since);
    followed.snapshot(cluster.snapshot());
    followed.events(cluster.advance(1000));
  };
  await run({ open: async () => ANSWER, follow }, 2);
  expect(asked).toEqual([undefined, { epoch: 1, seq: expect.any(Number) }]);
});

test("a console that does not answer is said to be away, without words of the browser", async () => {
  const ended: unknown[] = [];
  const parts = { replay, follow: () => Promise.resolve(), now: () => 1000, open: async () => "absent" as const };
  const { promise, resolve } = Promise.withResolvers<void>();
  const watching = consoleSource({ ...parts, pause: async () => resolve() }).watch({
    snapshot: () => {},
    events: () => {},
    connection: (connection) => void ended.push(connection),
  });
  await promise;
  watching[Symbol.dispose]();
  expect(ended[0]).toEqual({ phase: "ended", sinceMs: 1000 });
});

test("a page that can't join says the cluster is out of reach", async () => {
  const { told } = await run({ open: async () => ANSWER, follow: () => Promise.reject(new Error("NOT_A_MEMBER")) }, 1);
  expect(told).toEqual(["ended"]);
});

test("a console of a recording has it shown once, and looks for no cluster", async () => {
  const shown: string[] = [];
  const { promise, resolve } = Promise.withResolvers<string>();
  const watching = consoleSource({
    open: async () => ({ recording: "monday.jsonl" }),
    replay: async (name) => void shown.push(name),
    follow: () => Promise.reject(new Error("there is no cluster")),
    now: () => 1000,
    pause: () => Promise.reject(new Error("nothing is tried again")),
  }).watch({ snapshot: () => {}, events: () => {}, connection: ({ phase }) => resolve(phase) });
  expect(await promise).toBe("recorded");
  expect(shown).toEqual(["monday.jsonl"]);
  watching[Symbol.dispose]();
});
