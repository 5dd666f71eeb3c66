/** First process of the remote benches: messages between tasks of two processes. */
import { spawn as spawnProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { locate, spawn, startPeer, type Operation, type Peer, type Steps, type TaskContext, type TaskRef } from "skein";
import type { Echo, OneWay } from "./bare-stream.ts";
import { firstLine } from "./first-line.ts";

const LABEL = "x".repeat(60);
/** Messages of a burst, and bursts under way at once. */
const BURST = 1000;
const BURSTS = 8;

async function start(): Promise<{ readonly peer: Peer; readonly close: () => Promise<void> }> {
  const script = fileURLToPath(new URL("./far-tasks-peer.ts", import.meta.url));
  const child = spawnProcess(process.execPath, [script], { stdio: ["pipe", "pipe", "inherit"] });
  const peer = await startPeer({ invite: await firstLine(child) });
  return {
    peer,
    close: async () => {
      child.stdin.end();
      await peer.close();
    },
  };
}

function* roundTrips(
  task: TaskContext<unknown>,
  echo: TaskRef<unknown>,
  count: number,
  inFlight: number,
): Steps<number> {
  const from = task.ref;
  let sent = 0;
  for (let done = 0; done < count; done += 1) {
    while (sent < count && sent - done < inFlight) {
      echo.send({ from, value: { kind: "row", n: sent, label: LABEL } });
      sent += 1;
    }
    yield* task.receive();
  }
  return count;
}

/** Sends in bursts that each end in a message whose arrival is waited for, some bursts later: never more than fit. */
export function* sendAll(task: TaskContext<unknown>, counter: TaskRef<unknown>, count: number): Steps<number> {
  const from = task.ref;
  const underWay: Operation<void>[] = [];
  for (let n = 0; n < count; n += 1) {
    const message = { kind: "row", n, label: LABEL };
    if ((n + 1) % BURST !== 0) counter.send(message);
    else {
      underWay.push(counter.deliver(message));
      const oldest = underWay.length > BURSTS ? underWay.shift() : undefined;
      if (oldest !== undefined) yield* oldest;
    }
  }
  for (const last of underWay) yield* last;
  yield* counter.deliver({ from });
  const arrived = yield* task.receive();
  if (arrived !== count) throw new Error(`${String(arrived)} of ${count} messages arrived`);
  return count;
}

export async function remoteEcho(): Promise<Echo> {
  const { close } = await start();
  const echo = await locate<TaskRef<unknown>>("echo");
  return { close, roundTrips: async (count, inFlight) => await spawn(roundTrips, [echo, count, inFlight]) };
}

export async function remoteOneWay(): Promise<OneWay> {
  const { close } = await start();
  const counter = await locate<TaskRef<unknown>>("count");
  return { close, send: async (count) => await spawn(sendAll, [counter, count]) };
}
