/** First process of the remote benches: messages between tasks of two processes, and calls of a service. */
import { type ChildProcess, spawn as spawnProcess } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import {
  locate,
  SkeinError,
  spawn,
  startPeer,
  type Operation,
  type PeerId,
  type Service,
  type Steps,
  type TaskContext,
  type TaskRef,
} from "skein";
import type { Echo, OneWay } from "./bare-stream.ts";
import type { FarOptions } from "./far-tasks-peer.ts";
import { firstLine } from "./first-line.ts";

const LABEL = "x".repeat(60);
/** Messages of a burst, and bursts under way at once. */
const BURST = 1000;
const BURSTS = 8;

const script = (name: string): string => fileURLToPath(new URL(`./${name}`, import.meta.url));

/** Other processes, ended together. */
class Children {
  readonly #children: ChildProcess[] = [];

  /** The first line that `name` prints. */
  async start(name: string, ...args: readonly string[]): Promise<string> {
    const child = spawnProcess(process.execPath, [script(name), ...args], { stdio: ["pipe", "pipe", "inherit"] });
    this.#children.push(child);
    return await firstLine(child);
  }

  async far(options: FarOptions = {}): Promise<string> {
    return await this.start("far-tasks-peer.ts", JSON.stringify(options));
  }

  end(): void {
    for (const child of this.#children) child.stdin?.end();
  }
}

async function start(): Promise<{ readonly close: () => Promise<void> }> {
  const children = new Children();
  const peer = await startPeer({ invite: await children.far() });
  return {
    close: async () => {
      await peer.close();
      children.end();
    },
  };
}

async function freePort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  // A server that listens on TCP has an address and port.
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return String(port);
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

/**
 * Sends in bursts that each end in a message whose arrival is waited for, some bursts later; where the queue is full
 * before that, for the oldest burst.
 */
export function* sendAll(
  task: TaskContext<unknown>,
  counter: TaskRef<unknown>,
  count: number,
  bursts: number = BURSTS,
): Steps<number> {
  const from = task.ref;
  const underWay: Operation<void>[] = [];
  for (let n = 0; n < count; n += 1) {
    const message = { kind: "row", n, label: LABEL };
    if ((n + 1) % BURST === 0) {
      underWay.push(counter.deliver(message));
      const oldest = underWay.length > bursts ? underWay.shift() : undefined;
      if (oldest !== undefined) yield* oldest;
      continue;
    }
    while (!trySend(counter, message)) {
      const oldest = underWay.shift();
      if (oldest !== undefined) yield* oldest;
    }
  }
  for (const last of underWay) yield* last;
  yield* counter.deliver({ from });
  const arrived = yield* task.receive();
  if (arrived !== count) throw new Error(`${String(arrived)} of ${count} messages arrived`);
  return count;
}

/** @returns whether there was room */
function trySend(to: TaskRef<unknown>, message: unknown): boolean {
  try {
    to.send(message);
    return true;
  } catch (error) {
    if (error instanceof SkeinError && error.code === "MAILBOX_FULL") return false;
    throw error;
  }
}

/** Keeps so many operations under way until `count` are done. */
function* keepBusy(
  _task: TaskContext,
  begin: (n: number) => Operation<unknown>,
  count: number,
  inFlight: number,
): Steps<number> {
  const underWay: Operation<unknown>[] = [];
  for (let n = 0; n < count; n += 1) {
    underWay.push(begin(n));
    const oldest = underWay.length >= inFlight ? underWay.shift() : undefined;
    if (oldest !== undefined) yield* oldest;
  }
  for (const last of underWay) yield* last;
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

export interface FarAndNear {
  /** Over a wire that delays; with so many bursts of 1,000 under way. */
  far(count: number): Promise<number>;
  near(count: number): Promise<number>;
  close(): Promise<void>;
}

/** Two processes of one cluster: one reached over a wire that delays by so much each way, one directly. */
export async function remoteFarAndNear(delayMs: number, bursts: number): Promise<FarAndNear> {
  const children = new Children();
  const port = await freePort();
  const announced = await children.start("delay-proxy.ts", port, String(delayMs));
  const invite = await children.far({ port, announced });
  const peer = await startPeer({ invite });
  const [farPeer] = peer.peers();
  const nearPeer = await peer.connect(await children.far({ invite }));
  if (farPeer === undefined) throw new Error("the far process is not connected");
  const counterAt = async (at: PeerId): Promise<TaskRef<unknown>> => await locate<TaskRef<unknown>>("count", { at });
  const far = await counterAt(farPeer.peer);
  const near = await counterAt(nearPeer.peer);
  return {
    far: async (count) => await spawn(sendAll, [far, count, bursts]),
    near: async (count) => await spawn(sendAll, [near, count]),
    close: async () => {
      await peer.close();
      children.end();
    },
  };
}

/** Acknowledged messages, so many in flight. */
export async function remoteDeliver(inFlight: number): Promise<OneWay> {
  const { close } = await start();
  const counter = await locate<TaskRef<unknown>>("count");
  const deliver = (n: number): Operation<void> => counter.deliver({ kind: "row", n, label: LABEL });
  return { close, send: async (count) => await spawn(keepBusy, [deliver, count, inFlight]) };
}

/** Calls of a service, so many in flight. */
export async function remoteCalls(inFlight: number): Promise<OneWay> {
  const { close } = await start();
  const square = await locate<Service<[number], number>>("square");
  const call = (n: number): Operation<number> => square.call([n]);
  return { close, send: async (count) => await spawn(keepBusy, [call, count, inFlight]) };
}
