import type { Connection } from "@libp2p/interface";
import { expect, test } from "vitest";
import { dialFirst } from "./libp2p-dial.ts";

const PEER = "12D3KooWAZz7YfLqjjAYhz6BNcrmSWeMgEBTVRppPdmzGeKcHLdq";
const OTHER = "12D3KooWC85qzxZGfxG2XxiLp2mD3uGtyqf2XMDZktZQRuR6Mnvf";
const RELAY = "12D3KooWRKsG6KqHJhbTfLsa6Mp9DYtRzrHgmtxSMeCwERGGq4XW";

/** Timers that fire when told to. */
function timers() {
  const armed = new Map<object, { readonly delayMs: number; readonly callback: () => void }>();
  return {
    startTimer: (delayMs: number, callback: () => void): object => {
      const handle = {};
      armed.set(handle, { delayMs, callback });
      return handle;
    },
    // What is stopped is what was started.
    stopTimer: (handle: unknown): void => void armed.delete(handle as object),
    fire: (): number[] => {
      const fired = [...armed.values()];
      armed.clear();
      for (const { callback } of fired) callback();
      return fired.map(({ delayMs }) => delayMs);
    },
  };
}

interface Dialled {
  readonly dial: (address: string, signal: AbortSignal) => Promise<Connection>;
  readonly tried: string[];
  readonly aborted: string[];
}

/** A network on which some addresses have a peer, some refuse, and the others never answer. */
function network(peers: Readonly<Record<string, string>>, refused: readonly string[] = []): Dialled {
  const tried: string[] = [];
  const aborted: string[] = [];
  const dial = (address: string, signal: AbortSignal): Promise<Connection> => {
    tried.push(address);
    const peer = peers[address];
    if (refused.includes(address)) return Promise.reject(new Error("refused"));
    if (peer === undefined) {
      return new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(new Error("aborted")));
      });
    }
    // Of a connection only these two are used.
    const connection = { remotePeer: { toString: () => peer }, abort: () => aborted.push(address) };
    return Promise.resolve(connection as unknown as Connection);
  };
  return { dial, tried, aborted };
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
const never = new AbortController().signal;

test("an address that nobody answers does not hold up the next one", async () => {
  const clock = timers();
  const { dial, tried } = network({ "/ip4/10.0.0.2/tcp/1": PEER });
  const first = dialFirst([`/ip4/10.0.0.1/tcp/1/p2p/${PEER}`, `/ip4/10.0.0.2/tcp/1/p2p/${PEER}`], dial, clock, never);
  await settle();
  expect(tried).toEqual(["/ip4/10.0.0.1/tcp/1"]);
  clock.fire();
  expect((await first).remotePeer.toString()).toBe(PEER);
});

test("one that refuses is followed by the next at once, and another peer's is let go", async () => {
  const { dial, tried, aborted } = network({ "/ip4/10.0.0.2/tcp/1": OTHER, "/ip4/10.0.0.3/tcp/1": PEER }, [
    "/ip4/10.0.0.1/tcp/1",
  ]);
  const addresses = [1, 2, 3].map((host) => `/ip4/10.0.0.${host}/tcp/1/p2p/${PEER}`);
  expect((await dialFirst(addresses, dial, timers(), never)).remotePeer.toString()).toBe(PEER);
  expect(tried).toHaveLength(3);
  expect(aborted).toEqual(["/ip4/10.0.0.2/tcp/1"]);
});

test("TCP comes first, loopback late, and what another peer carries last", async () => {
  const clock = timers();
  const { dial, tried } = network({});
  const relayed = `/ip4/10.0.0.9/tcp/1/p2p/${RELAY}/p2p-circuit/p2p/${PEER}`;
  const addresses = [
    relayed,
    `/ip4/10.0.0.1/tcp/2/ws/p2p/${PEER}`,
    `/ip4/127.0.0.1/tcp/1/p2p/${PEER}`,
    `/ip4/10.0.0.1/tcp/1/p2p/${PEER}`,
  ];
  const stop = new AbortController();
  const first = dialFirst(addresses, dial, clock, stop.signal).then(
    () => "connected",
    () => "none",
  );
  const delays: number[] = [];
  for (let n = 0; n < 3; n += 1) delays.push(...clock.fire());
  expect(tried).toEqual(["/ip4/10.0.0.1/tcp/1", "/ip4/127.0.0.1/tcp/1", "/ip4/10.0.0.1/tcp/2/ws", relayed]);
  // The others get some time before somebody has to carry it.
  expect(delays.at(-1)).toBeGreaterThan(delays[0] ?? Infinity);
  stop.abort();
  expect(await first).toBe("none");
});

test("when none answers the errors of all are told", async () => {
  const { dial } = network({}, ["/ip4/10.0.0.1/tcp/1", "/ip4/10.0.0.2/tcp/1"]);
  const addresses = [1, 2].map((host) => `/ip4/10.0.0.${host}/tcp/1/p2p/${PEER}`);
  const error = await dialFirst(addresses, dial, timers(), never).then(
    () => undefined,
    (failure: unknown) => failure,
  );
  expect(error).toBeInstanceOf(AggregateError);
  expect((error as AggregateError).errors).toHaveLength(2);
});

test("two addresses that come to one and the same connection leave it open", async () => {
  const clock = timers();
  const aborted: string[] = [];
  const { promise, resolve } = Promise.withResolvers<Connection>();
  const carried = [`/ip4/10.0.0.1/tcp/1/p2p/${RELAY}/p2p-circuit`, `/ip4/10.0.0.1/tcp/2/ws/p2p/${RELAY}/p2p-circuit`];
  const first = dialFirst(
    carried.map((address) => `${address}/p2p/${PEER}`),
    () => promise,
    clock,
    never,
  );
  expect(clock.fire()).toHaveLength(1);
  // Of a connection only these two are used.
  const connection = { remotePeer: { toString: () => PEER }, abort: () => aborted.push("both") };
  resolve(connection as unknown as Connection);
  expect(await first).toBe(connection);
  await settle();
  expect(aborted).toEqual([]);
});
