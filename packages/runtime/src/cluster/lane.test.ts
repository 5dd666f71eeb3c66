import { expect, test } from "vitest";
import { PARK_FREE_BYTES } from "../defaults.ts";
import { type JobId, type LeaseId, type PeerId } from "../ids.ts";
import { silentLogger } from "../logger.ts";
import { installHostPlatform } from "../testing/host-platform.ts";
import { type ClusterPeer } from "./cluster-peer.ts";
import { type NodeInfo, type ServerProcess } from "./contracts.ts";
import { Lane } from "./lane.ts";
import { NOTHING_DONE } from "./words.ts";

const platform = installHostPlatform();

test("a process whose job has left gets nobody else's, whatever it says before it ends", async () => {
  const began: [process: number, job: string][] = [];
  let starts = 0;
  const call = async (_to: unknown, name: string, words: { readonly job: string }): Promise<void> => {
    if (name === "server.begin") began.push([starts, words.job]);
    // It does not say what it did: the node waits for that.
    else await new Promise((_, reject) => platform.startTimer(50, () => reject(new Error("no answer"))));
  };
  const { promise: second, resolve: startedAgain } = Promise.withResolvers<void>();
  const start = async (): Promise<ServerProcess> => {
    starts += 1;
    if (starts === 2) startedAgain();
    const { promise: exited, resolve: exit } = Promise.withResolvers<{ code: undefined; signal: string }>();
    const link = { closed: exited.then(() => undefined) };
    // What a lane uses of a process.
    return { link, exited, kill: () => exit({ code: undefined, signal: "SIGKILL" }) } as unknown as ServerProcess;
  };
  const lane = new Lane({
    // What a lane uses of a peer.
    peer: {
      id: "node",
      runtime: { platform },
      attachServer: () => ({ [Symbol.dispose]: () => undefined }),
      serverLost: () => undefined,
      procedures: { notify: () => undefined, call },
    } as unknown as ClusterPeer,
    host: { servers: 1, start, close: async () => undefined },
    server: 1,
    kind: "cpu",
    logger: silentLogger,
    info: () => ({ name: "node" }) as NodeInfo,
    filesOf: async () => undefined,
    mayAsk: () => false,
    onReady: () => undefined,
    onLost: () => undefined,
  });
  const assign = (lease: string, job: string): Promise<void> =>
    lane.assign({
      lease: lease as LeaseId,
      job: job as JobId,
      kind: "cpu",
      client: { peer: job as PeerId, server: 0 },
      inbox: "inbox",
      server: 1,
    });
  lane.start();
  await Promise.resolve();
  lane.ready();
  await assign("lease1", "a");
  const recycled = lane.recycle();
  lane.ready();
  await expect(assign("lease2", "b")).rejects.toMatchObject({ code: "SERVER_LOST" });
  await second;
  await recycled;
  lane.ready();
  await assign("lease3", "b");
  expect(began).toEqual([
    [1, "a"],
    [2, "b"],
  ]);
  lane.close();
});

test("only a process that answers is kept for its job's next turn, and a job hears that its own was not", async () => {
  const told: [name: string, words: unknown][] = [];
  const killed: number[] = [];
  let starts = 0;
  let silent = false;
  const call = async (_to: unknown, name: string): Promise<unknown> => {
    if (name === "server.end" && silent) throw new Error("no answer");
    return name === "server.end" ? NOTHING_DONE : undefined;
  };
  const start = async (): Promise<ServerProcess> => {
    starts += 1;
    const serial = starts;
    const { promise: exited, resolve: exit } = Promise.withResolvers<{ code: undefined; signal: string }>();
    const link = { closed: exited.then(() => undefined) };
    const kill = (): void => {
      if (!killed.includes(serial)) killed.push(serial);
      exit({ code: undefined, signal: "SIGKILL" });
    };
    return { link, exited, kill } as unknown as ServerProcess; // what a lane uses of a process
  };
  const lane = new Lane({
    // What a lane uses of a peer.
    peer: {
      id: "node",
      runtime: { platform },
      attachServer: () => ({ [Symbol.dispose]: () => undefined }),
      serverLost: () => undefined,
      procedures: { tryNotify: (_to: unknown, name: string, words: unknown) => void told.push([name, words]), call },
    } as unknown as ClusterPeer,
    host: { servers: 1, start, close: async () => undefined },
    server: 1,
    kind: "cpu",
    logger: silentLogger,
    info: () => ({ name: "node", load: { memoryFreeBytes: PARK_FREE_BYTES } }) as NodeInfo,
    filesOf: async () => undefined,
    mayAsk: () => false,
    onReady: () => undefined,
    onLost: () => undefined,
  });
  const turn = async (job: string): Promise<void> => {
    await Promise.resolve();
    lane.ready();
    const client = { peer: job as PeerId, server: 0 };
    const words = { lease: `lease ${job}` as LeaseId, job: job as JobId, kind: "cpu", client, inbox: "inbox" } as const;
    await lane.assign({ ...words, server: 1 });
    await lane.recycle(true);
  };
  lane.start();
  await turn("a");
  await turn("b");
  expect(killed).toEqual([]);
  silent = true;
  await turn("c");
  expect(killed).toEqual([3]);
  expect(told).toEqual([["inbox.unparked", { job: "c", server: 1, why: "it did not answer" }]]);
  silent = false;
  await turn("d");
  expect(killed).toEqual([3, 1]);
  expect(told.at(-1)).toMatchObject(["inbox.unparked", { job: "a" }]);
  lane.renew();
  expect(killed.slice(2, 4)).toEqual([2, 4]);
  expect(told.slice(2)).toMatchObject([
    ["inbox.unparked", { job: "b" }],
    ["inbox.unparked", { job: "d" }],
  ]);
  lane.close();
});
