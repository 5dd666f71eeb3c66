import { type Location, MINUTE_MS, type PeerHost, silentLogger } from "@skein/runtime";
import type { Node } from "@skein/runtime/network";
import { afterEach, expect, test, vi } from "vitest";
import { readConfig } from "./config.ts";
import type { DataDirectory } from "./data-directory.ts";
import { NodeAtWork } from "./node-at-work.ts";
import type { NodeHereOptions } from "./node-here.ts";
import { serviceHours } from "./service-hours.ts";

afterEach(() => void vi.useRealTimers());

const scheduler = (name: string): Location => ({ peer: name as Location["peer"], addresses: [] });

/** A node that only tells what becomes of it, and how it was started. */
function recorded() {
  const said: string[] = [];
  let started: NodeHereOptions | undefined;
  const start = (options: NodeHereOptions): Node => {
    started = options;
    said.push(`start at ${options.scheduler.peer}`);
    return {
      id: "self" as Node["id"],
      standing: () => ({ servers: [] }) as unknown as ReturnType<Node["standing"]>,
      follow: ({ peer }) => void said.push(`follow ${peer}`),
      hold: (on) => void said.push(on ? "hold" : "work"),
      resize: () => Promise.resolve() as unknown as ReturnType<Node["resize"]>,
      close: () => {
        said.push("close");
        return Promise.resolve() as unknown as ReturnType<Node["close"]>;
      },
    };
  };
  return { said, start, lose: () => started?.onSchedulerLost?.(new Error("lost")), serve: () => started?.onServed?.() };
}

const release = vi.fn();
// Nothing else of them is used beside a recorded node.
const parts = {
  config: readConfig(),
  data: {} as DataDirectory,
  peer: { release } as unknown as PeerHost,
  scheduler: scheduler("first"),
  logger: silentLogger,
};

test("a node with hours starts, holds and closes by the clock, and starts again the next day", async () => {
  vi.useFakeTimers({ now: new Date("2026-03-02T07:58:20") });
  const { said, start } = recorded();
  const given = { serviceStart: "08:00", serviceStop: "08:02", serviceEnd: "08:04" };
  const hours = serviceHours(given, new Date());
  await using work = new NodeAtWork({ ...parts, start, ...(hours === undefined ? {} : { hours }) });
  expect(work.status()).toMatchObject({ phase: "closed" });
  const to = async (time: string): Promise<string[]> => {
    await vi.advanceTimersByTimeAsync(new Date(time).getTime() - Date.now());
    return said.splice(0);
  };
  expect(await to("2026-03-02T07:59:59")).toEqual([]);
  expect(await to("2026-03-02T08:01:30")).toEqual(["start at first"]);
  expect(await to("2026-03-02T08:03:30")).toEqual(["hold"]);
  expect(work.status()).toMatchObject({ phase: "stopping" });
  expect(await to("2026-03-02T08:04:30")).toEqual(["close"]);
  expect(await to("2026-03-03T08:00:30")).toEqual(["start at first"]);
});

test("what was told to hold stays so until it is told otherwise, also over its hours", async () => {
  vi.useFakeTimers({ now: new Date("2026-03-02T08:00:30") });
  const { said, start } = recorded();
  const hours = serviceHours({ serviceStart: "08:00", serviceStop: "08:02" }, new Date());
  await using work = new NodeAtWork({ ...parts, start, ...(hours === undefined ? {} : { hours }) });
  await vi.advanceTimersByTimeAsync(1);
  work.hold(true);
  await vi.advanceTimersByTimeAsync(24 * 60 * MINUTE_MS);
  expect(said.slice(0, -1)).not.toContain("work");
  expect(said.at(-1)).toBe("hold");
  work.hold(false);
  expect(said.at(-1)).toBe("work");
});

test("a node whose scheduler is lost follows the next one, which is looked for once", async () => {
  const { said, start, lose } = recorded();
  const found = Promise.withResolvers<Location>();
  const nextScheduler = vi.fn(() => found.promise);
  await using work = new NodeAtWork({ ...parts, start, nextScheduler });
  await vi.waitFor(() => expect(said).toEqual(["start at first"]), { timeout: 20_000 });
  lose();
  lose();
  found.resolve(scheduler("second"));
  await vi.waitFor(() => expect(said.at(-1)).toBe("follow second"), { timeout: 20_000 });
  expect(nextScheduler).toHaveBeenCalledOnce();
  expect(work.status().scheduler.peer).toBe("second");
  expect(release).toHaveBeenCalledExactlyOnceWith("first");
});

test("it says when the clients that it was for are gone, and closes once", async () => {
  const { said, start, serve } = recorded();
  const work = new NodeAtWork({ ...parts, start });
  await vi.waitFor(() => expect(said).toHaveLength(1), { timeout: 20_000 });
  serve();
  await work.served;
  await work[Symbol.asyncDispose]();
  await work[Symbol.asyncDispose]();
  expect(said).toEqual(["start at first", "close"]);
});
