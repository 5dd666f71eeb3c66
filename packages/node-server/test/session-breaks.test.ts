import {
  type Peer,
  type PeerEvent,
  locate,
  spawn,
  startPeer,
  type TaskContext,
  type TaskRef,
  until,
} from "@skein/node-server";
import { expect, onTestFinished, test } from "vitest";
import { BreakableProxy, unusedPort } from "./breakable-proxy.ts";
import { type Command, startNode } from "./cli.ts";
import { fixture } from "./programs.ts";

/** Long enough for a busy machine, short enough for a test. */
const LINGER_MS = 3000;

type Message = number | { readonly report: TaskRef<readonly number[]> };

interface Pair {
  readonly proxy: BreakableProxy;
  readonly program: Command;
  readonly peer: Peer;
  readonly collector: TaskRef<Message>;
  /** Events of this side's peers, and those of the other's, by their types. */
  readonly here: string[];
  readonly there: () => string[];
  /** Waits for an event of this side. */
  readonly event: (type: PeerEvent["type"], times?: number) => Promise<void>;
}

async function proxyOf(port: number): Promise<BreakableProxy> {
  const proxy = await BreakableProxy.start(() => port);
  onTestFinished(() => proxy.close());
  return proxy;
}

/** A peer in another process, reached only through a proxy; `ws`: by WebSocket through another one too. */
async function throughProxy(ws = false): Promise<Pair> {
  const [port, wsPort] = [await unusedPort(), await unusedPort()];
  const [proxy, wsProxy] = [await proxyOf(port), await proxyOf(wsPort)];
  if (ws) proxy.shut();
  const options = {
    listen: [`127.0.0.1:${port}`, ...(ws ? [`ws://127.0.0.1:${wsPort}`] : [])],
    announce: [`127.0.0.1:${proxy.port}`, ...(ws ? [`ws://127.0.0.1:${wsProxy.port}`] : [])],
    lingerMs: LINGER_MS,
  };
  const program = startNode([fixture("session-peer.ts"), JSON.stringify(options)]);
  const { invite }: { readonly invite: string } = JSON.parse(await program.line((line) => line.includes("invite")));
  const peer = await startPeer({ invite, name: "test", lingerMs: LINGER_MS });
  onTestFinished(async () => {
    await peer.close();
    program.child.stdin?.end();
  });
  const here: string[] = [];
  const waiting = new Set<() => void>();
  void (async () => {
    for await (const event of peer.events.values()) {
      if (aboutSessions(event.type)) here.push(event.type);
      for (const look of waiting) look();
    }
  })();
  const collector = await locate<TaskRef<Message>>("collector");
  return {
    proxy,
    program,
    peer,
    collector,
    here,
    there: () =>
      program.lines.flatMap((line) => {
        const { type }: { readonly type?: string } = JSON.parse(line);
        return type !== undefined && aboutSessions(type) ? [type] : [];
      }),
    event: (type, times = 1) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (here.filter((one) => one === type).length < times) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}

/** Not about who is in the cluster. */
const aboutSessions = (type: string): boolean => type !== "joined" && type !== "left";

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

/** What the other side has got. */
const report = async (collector: TaskRef<Message>): Promise<readonly number[]> =>
  await spawn(function* (task: TaskContext<readonly number[]>) {
    yield* collector.deliver({ report: task.ref });
    return yield* task.receive();
  });

test("messages under way while their connection is cut again and again arrive once and in order", async () => {
  const { proxy, collector, here, there } = await throughProxy();
  const count = 3000;
  await spawn(function* (task: TaskContext) {
    for (let n = 0; n < count; n += 1) {
      // Deliveries wait for the other side, so that there is traffic at every cut.
      if (n % 10 === 0) yield* collector.deliver(n);
      else collector.send(n);
      if (n % 150 === 149) proxy.cut();
    }
    task.log.info("sent");
  });
  expect(await report(collector)).toEqual(upTo(count));
  expect(proxy.accepted).toBeGreaterThan(10);
  for (const events of [here, there()]) {
    expect(events).not.toContain("lost");
    expect(events.filter((type) => type === "connected")).toHaveLength(1);
  }
});

test("past the linger both sides say lost once, a delivery under way fails, and it heals", async () => {
  const { proxy, collector, here, there, event, program } = await throughProxy();
  await collector.deliver(0);
  proxy.shut();
  await event("suspected");
  const failing = Promise.resolve(collector.deliver(1)).then(
    () => "delivered",
    (error: unknown) => (error as { readonly code?: string }).code,
  );
  expect(await failing).toMatch(/PEER_LOST|DELIVERY_UNKNOWN/);
  await event("lost");
  await program.line((line) => line.includes('"lost"'));
  proxy.open();
  await event("connected", 2);
  const again = await locate<TaskRef<Message>>("collector");
  await again.deliver(2);
  expect(await report(again)).toEqual([0, 2]);
  for (const events of [here, there()]) {
    expect(events.filter((type) => type === "lost")).toHaveLength(1);
    expect(events.slice(0, 4)).toEqual(["connected", "suspected", "lost", "connected"]);
  }
});

test("a connection that carries nothing any more, and nobody says so, is replaced by another", async () => {
  const { proxy, collector, here, there, event } = await throughProxy();
  await collector.deliver(0);
  proxy.swallow();
  for (let n = 1; n < 100; n += 1) collector.send(n);
  await event("suspected");
  await event("back");
  expect(await report(collector)).toEqual(upTo(100));
  for (const events of [here, there()]) expect(events).not.toContain("lost");
});

test("a session moves to a better kind of connection, and falls back on the other, without loss", async () => {
  const { proxy, collector, peer, here, there, event } = await throughProxy(true);
  const transport = (): string | undefined => peer.peers()[0]?.transport;
  expect(transport()).toBe("ws");
  const count = 4000;
  proxy.open();
  const sending = spawn(function* (task: TaskContext) {
    for (let n = 0; n < count; n += 1) {
      if (n % 10 === 0) yield* collector.deliver(n);
      else collector.send(n);
      if (n === count / 2) yield* until(event("path-changed"));
      if (n === count / 2) proxy.shut();
    }
    yield* until(event("path-changed", 2));
    task.log.info("sent");
  });
  await event("path-changed");
  expect(transport()).toBe("tcp");
  await sending;
  expect(transport()).toBe("ws");
  expect(await report(collector)).toEqual(upTo(count));
  for (const events of [here, there()]) {
    expect(events.filter((type) => type !== "path-changed")).toEqual(["connected"]);
  }
  // And again, once the better one can be had.
  proxy.open();
  await event("path-changed", 3);
  expect(transport()).toBe("tcp");
});

test("a process that is stopped for a while is suspected and back, and nothing is lost", async () => {
  const { program, collector, here, event } = await throughProxy();
  await collector.deliver(0);
  program.child.kill("SIGSTOP");
  for (let n = 1; n < 100; n += 1) collector.send(n);
  await event("suspected");
  program.child.kill("SIGCONT");
  await event("back");
  expect(await report(collector)).toEqual(upTo(100));
  expect(here).toEqual(["connected", "suspected", "back"]);
});

test("a process that is stopped past the linger is lost, and is a peer again when it goes on", async () => {
  const { program, collector, here, there, event } = await throughProxy();
  await collector.deliver(0);
  program.child.kill("SIGSTOP");
  await event("lost");
  program.child.kill("SIGCONT");
  await event("connected", 2);
  const again = await locate<TaskRef<Message>>("collector");
  await again.deliver(7);
  expect(await report(again)).toEqual([0, 7]);
  for (const events of [here, there()]) {
    expect(events.filter((type) => type === "lost")).toHaveLength(1);
    expect(events.filter((type) => type === "connected")).toHaveLength(2);
  }
});
