import { afterEach, expect, test } from "vitest";
import { BULK_ABOVE_BYTES } from "../defaults.ts";
import { memoryLinks } from "../link/memory.ts";
import type { TaskContext } from "../task/context.ts";
import { createRuntime } from "../task/runtime.ts";
import { spawn } from "../task/spawn.ts";
import type { TaskRef } from "../task/task-ref.ts";
import { createHostPlatform, installHostPlatform } from "../testing/host-platform.ts";
import { createMemoryNetwork } from "../testing/memory-network.ts";
import type { PeerHost, PeerOptions } from "./peer-host.ts";
import { startPeerHost } from "./peer.ts";
import { createServerRouter } from "./server-router.ts";

installHostPlatform();
const platform = createHostPlatform();
const { network, cut } = createMemoryNetwork(platform);
const opened: PeerHost[] = [];
const parse = (args: unknown): unknown => args;

async function peerIn(options: PeerOptions = {}): Promise<PeerHost> {
  const runtime = createRuntime({ platform });
  const listen = [`/memory/bulk-${opened.length}`];
  const peer = await startPeerHost(platform, { listen, network, ...options, runtime });
  opened.push(peer);
  return peer;
}

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) {
    await new Promise<void>((resolve) => {
      platform.nextTurn(resolve);
    });
  }
};

afterEach(async () => {
  for (const peer of opened.splice(0)) await peer.close({ cancel: true });
});

test("large values between messages arrive once and in order, also when the connection breaks meanwhile", async () => {
  const owner = await peerIn();
  const guest = await peerIn({ invite: await owner.invite({ roles: ["peer"] }) });
  const count = 24;
  const sink = spawn(
    function* (task: TaskContext<{ n: number; bytes: Uint8Array }>) {
      const got: [number, number, number][] = [];
      while (got.length < count) {
        const { n, bytes } = yield* task.receive();
        got.push([n, bytes.byteLength, bytes.at(-1) ?? -1]);
      }
      return got;
    },
    [],
    { runtime: owner.runtime },
  );
  owner.register("sink", sink);
  const ref = await guest.locate<TaskRef<{ n: number; bytes: Uint8Array }>>("sink");
  for (let n = 0; n < count; n += 1) {
    const bytes = new Uint8Array(n % 3 === 0 ? 10 : BULK_ABOVE_BYTES * 2 + n).fill(n);
    await ref.deliver({ n, bytes });
    if (n % 6 === 5) cut(owner.id, guest.id);
  }
  const expected = Array.from({ length: count }, (_, n) => [n, n % 3 === 0 ? 10 : BULK_ABOVE_BYTES * 2 + n, n]);
  expect(await sink).toEqual(expected);
});

test("a transfer goes on where it was after its connection broke", async () => {
  const owner = await peerIn();
  const guest = await peerIn({ invite: await owner.invite({ roles: ["peer"] }) });
  const total = 40_000_000;
  let read = 0;
  owner.procedures.handle("take", { parse }, async (id, { endpoint }) => {
    const reader = owner.bulk.reader(endpoint, Number(id));
    let next = 0;
    let cuts = 0;
    for (let chunk = await reader.read(); chunk !== undefined; chunk = await reader.read()) {
      for (const byte of [chunk.at(0), chunk.at(-1)]) expect(byte).toBe(next);
      read += chunk.byteLength;
      next = Math.floor(read / 1_000_000);
      if (read > (cuts + 1) * 9_000_000) {
        cuts += 1;
        cut(owner.id, guest.id);
        await turns(3);
      }
    }
    return [read, cuts];
  });
  const writer = guest.bulk.writer({ peer: owner.id, server: 0 });
  const answer = guest.procedures.call({ peer: owner.id, server: 0 }, "take", writer.id);
  for (let n = 0; n < total / 1_000_000; n += 1) await writer.write(new Uint8Array(1_000_000).fill(n));
  writer.end();
  expect(await answer).toEqual([total, 4]);
});

test("server processes send large values through their hosts", async () => {
  const owner = await peerIn();
  const guest = await peerIn({ invite: await owner.invite({ roles: ["peer"] }) });
  const [here, there] = memoryLinks(platform);
  owner.attachServer(1, here, () => true);
  const runtime = createRuntime({ platform });
  const server = createServerRouter({ runtime, link: there, self: { peer: owner.id, server: 1 } });
  server.procedures.handle("echo", { parse }, (args) => args);
  const value = Uint8Array.from({ length: BULK_ABOVE_BYTES * 5 }, (_, n) => n * 3);
  expect(await guest.procedures.call({ peer: owner.id, server: 1 }, "echo", value)).toEqual(value);
  expect(await owner.procedures.call({ peer: owner.id, server: 1 }, "echo", value)).toEqual(value);
});
