/** `socket-forward`: messages through a node to a task of its server process, beside a raw socketpair in batches. */
import { spawn as spawnProcess } from "node:child_process";
import { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import { locate, spawn, startPeer, type TaskRef } from "skein";
import { sendAll } from "./far-tasks.ts";
import { firstLine } from "./first-line.ts";
import { runBench } from "./harness.ts";

const MESSAGES = 300_000;
const BATCH_BYTES = 60_000;
const MESSAGE_BYTES = 104;

const script = (name: string): string => fileURLToPath(new URL(`./${name}`, import.meta.url));

/** Writes 104 bytes a message, gathered by 60 kB, and waits for the count. */
async function startRaw(): Promise<{ readonly send: (count: number) => Promise<number>; readonly close: () => void }> {
  const child = spawnProcess(process.execPath, [script("socket-raw-peer.ts")], {
    stdio: ["pipe", "pipe", "inherit", "pipe"],
  });
  const pipe = child.stdio[3];
  if (!(pipe instanceof Duplex)) throw new Error("no socketpair");
  await firstLine(child);
  const batch = Buffer.alloc(Math.floor(BATCH_BYTES / MESSAGE_BYTES) * MESSAGE_BYTES, 1);
  return {
    close: () => child.stdin?.end(),
    send: async (count) => {
      const bytes = count * MESSAGE_BYTES;
      const end = Buffer.alloc(8);
      end.writeDoubleBE(bytes);
      const done = new Promise((resolve) => pipe.once("data", resolve));
      pipe.write(end);
      for (let sent = 0; sent < bytes; sent += batch.byteLength) {
        const part = batch.subarray(0, Math.min(batch.byteLength, bytes - sent));
        if (!pipe.write(part)) await new Promise((resolve) => pipe.once("drain", resolve));
      }
      await done;
      return count;
    },
  };
}

export async function run(): Promise<void> {
  const child = spawnProcess(process.execPath, [script("socket-forward-peer.ts")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const peer = await startPeer({ invite: await firstLine(child) });
  const counter = await locate<TaskRef<unknown>>("count");
  const raw = await startRaw();
  try {
    await runBench({
      bench: "socket-forward",
      ours: async () => await spawn(sendAll, [counter, MESSAGES]),
      peer: () => raw.send(MESSAGES),
      peerName: "raw socketpair, 104 bytes a message, batched by 60 kB, one hop, no codec",
      unit: "1/s",
    });
  } finally {
    raw.close();
    child.stdin.end();
    await peer.close();
  }
}
