import {
  type Channel,
  type Exit,
  locate,
  type Peer,
  runtime,
  spawn,
  startPeer,
  type TaskContext,
  type TaskRef,
} from "@skein/node-server";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type PeerProgram, startPeerProgram } from "./peer-program.ts";

let program: PeerProgram;
let peer: Peer;

beforeEach(async () => {
  program = await startPeerProgram();
  peer = await startPeer({ invite: program.invite, name: "test", lingerMs: 1000 });
});
afterEach(async () => {
  await peer.close();
  await program.end();
});

interface Ask {
  readonly from: TaskRef<unknown>;
  readonly value: unknown;
}

test("tasks of two processes send each other messages, with references in them, in order", async () => {
  const answers = await spawn(function* (task: TaskContext<unknown>) {
    const echo = yield* locate<TaskRef<Ask>>("echo");
    const sent = Array.from({ length: 2000 }, (_, n) => ({ n, at: new Map([[n, new Date(n)]]) }));
    for (const value of sent) echo.send({ from: task.ref, value });
    const got: unknown[] = [];
    while (got.length < sent.length) got.push(yield* task.receive());
    expect(got).toEqual(sent);
    return got.length;
  });
  expect(answers).toBe(2000);
});

test("a reference that comes home is the local one again", async () => {
  const back = await spawn(function* (task: TaskContext<unknown>) {
    const echo = yield* locate<TaskRef<Ask>>("echo");
    echo.send({ from: task.ref, value: task.ref });
    return yield* task.receive();
  });
  expect(back).toHaveProperty("send");
  expect((back as TaskRef<unknown>).location?.peer).toBe(peer.id);
});

test("deliver waits until the other mailbox has it; a result comes back to who monitors", async () => {
  const exit = await spawn(function* (task: TaskContext<Exit<unknown>>) {
    const counter = yield* locate<TaskRef<string>>("counter", { at: program.id });
    counter.monitor(task.ref, (how) => how);
    for (let n = 0; n < 50; n += 1) yield* counter.deliver(`message ${n}`);
    counter.send("stop");
    return yield* task.receive();
  });
  expect(exit).toEqual({ type: "returned", value: 50 });
});

test("a monitor is told how a remote task failed, with the error's class and stack", async () => {
  const exit = await spawn(function* (task: TaskContext<Exit<unknown>>) {
    const failing = yield* locate<TaskRef<string>>("failing");
    failing.monitor(task.ref, (how) => how);
    yield* failing.deliver("fail");
    return yield* task.receive();
  });
  expect(exit.type).toBe("failed");
  const error = exit.type === "failed" ? exit.error : undefined;
  expect(error).toBeInstanceOf(RangeError);
  expect(error?.stack).toContain("peer-program.ts");
});

test("values published on a remote channel arrive at tasks and readers here", async () => {
  const total = await spawn(function* (task: TaskContext<number>) {
    const news = yield* locate<Channel<number>>("news");
    const publisher = yield* locate<TaskRef<number>>("publisher");
    yield* news.subscribe(task.ref);
    expect(yield* news.subscribers()).toBe(1);
    publisher.send(1000);
    let sum = 0;
    for (let n = 0; n < 1000; n += 1) sum += yield* task.receive();
    return sum;
  });
  expect(total).toBe(499_500);
});

test("what can't be sent is refused at once, with the path to it", async () => {
  const echo = await locate<TaskRef<Ask>>("echo");
  expect(() => echo.send({ from: echo as TaskRef<unknown>, value: { deep: [() => 1] } })).toThrowError(
    expect.objectContaining({ code: "NOT_SERIALIZABLE", message: expect.stringContaining("value.value.deep[0]") }),
  );
});

test("when a peer is killed, monitors and exits say lost, calls fail, and events tell it once", async () => {
  const events: string[] = [];
  const reading = (async () => {
    for await (const event of peer.events.values()) {
      if (event.type !== "joined" && event.type !== "left") events.push(event.type);
      if (event.type === "lost") return;
    }
  })();
  const exits = spawn(function* (task: TaskContext<Exit<unknown>>) {
    const counter = yield* locate<TaskRef<string>>("counter");
    counter.monitor(task.ref, (how) => how);
    const exit = task.spawn(function* () {
      return yield* counter.exit();
    });
    yield* counter.deliver("here");
    program.child.kill("SIGKILL");
    return [yield* task.receive(), yield* exit];
  });
  for (const exit of await exits) expect(exit).toMatchObject({ type: "lost", error: { code: "PEER_LOST" } });
  await reading;
  expect(events).toEqual(["connected", "suspected", "lost"]);
  expect(peer.peers()).toEqual([]);
  await expect(Promise.resolve(locate("echo", { at: program.id, timeoutMs: 5000 }))).rejects.toMatchObject({
    code: expect.stringMatching(/PEER_UNREACHABLE|TIMEOUT/),
  });
  expect(runtime.tasks()).toEqual([]);
});
