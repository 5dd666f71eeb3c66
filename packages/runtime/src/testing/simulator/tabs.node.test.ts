import { expect, test } from "vitest";
import { type RemoteTaskContext } from "../../cluster/remote-context.ts";
import { type Steps } from "../../contracts/operation.ts";
import { type PeerId } from "../../ids.ts";
import { SECOND_MS } from "../../units.ts";
import { simulate } from "./simulate.ts";

const idle = (): void => undefined;

const tasks = {
  /** At that peer it waits for ever; elsewhere it says where. */
  *notAt(task: RemoteTaskContext, peer: PeerId): Steps<PeerId> {
    while (task.peer.id === peer) yield* task.sleep(60 * SECOND_MS);
    return task.peer.id;
  },
};

const tab = { tab: true, servers: 1 };
const network = { transports: ["ws", "webrtc", "relay"], lossShare: 0.05 };

/** The first tab is left at any moment, with any part of its last words; the second comes at any moment after that. */
async function leaves(seed: number, client: "up" | "laptop"): Promise<void> {
  const peers = { up: idle, first: tab, second: tab, laptop: idle };
  await simulate({ seed, peers, ...(seed % 2 === 0 ? { network } : {}) }, async (world) => {
    const upTo = (...mostMs: readonly [number, number]): number =>
      world.random() * (world.random() < 0.5 ? mostMs[0] : mostMs[1]);
    world.crash("second");
    const url = world.module("tasks", tasks);
    const job = await world.peer(client).client.openJob({ modules: [url] });
    const { notAt } = await job.module<typeof tasks>(url);
    const { id } = world.peer("first").peer;
    const cpu = notAt.run([id], { retries: 1 });
    const io = notAt.run([id], { kind: "io", at: "tab", retries: 1 });
    await world.advance(upTo(300, 3000));
    // A page that is closed is hidden first.
    if (world.random() < 0.5) world.peer("first").peer.naps.mayBeSilent(true);
    world.leave("first", { heardShare: world.random() < 0.3 ? 1 : world.random(), silent: world.random() < 0.3 });
    await world.advance(upTo(1000, 40_000));
    await world.restart("second");
    // What ends them is that nothing is heard of a page that could not say goodbye, at the latest.
    await world.until(() => job.tasks().length === 0, { timeoutMs: 60 * SECOND_MS });
    const second = world.peer("second").peer.id;
    expect([await cpu, await io]).toEqual([second, second]);
    await job.close();
  });
}

test("what runs in a tab that is left begins again in another one, whatever it could say before it was gone", async () => {
  for (let seed = 1; seed <= 5; seed += 1) {
    await leaves(seed, "up");
    await leaves(seed, "laptop");
  }
}, 60_000);
