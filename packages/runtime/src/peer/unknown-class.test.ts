import { afterEach, expect, test } from "vitest";
import { createRuntime } from "../task/runtime.ts";
import { spawn } from "../task/spawn.ts";
import type { TaskContext } from "../task/context.ts";
import type { TaskRef } from "../task/task-ref.ts";
import { createHostPlatform, installHostPlatform } from "../testing/host-platform.ts";
import { createMemoryNetwork } from "../testing/memory-network.ts";
import { isSkeinError } from "../errors.ts";
import { Unreadable } from "../wire/unreadable.ts";
import { createPeer } from "./peer.ts";
import type { PeerHost } from "./peer-host.ts";
import { registerClass } from "./register-class.ts";

installHostPlatform();
const platform = createHostPlatform();
const { network } = createMemoryNetwork(platform);
let places = 0;
const opened: PeerHost[] = [];

async function peerIn(invite?: string): Promise<PeerHost> {
  places += 1;
  const runtime = createRuntime({ platform });
  const options = { listen: [`/memory/unknown-${places}`], network, runtime };
  const peer = await createPeer(platform, invite === undefined ? options : { ...options, invite });
  opened.push(peer);
  return peer;
}

afterEach(async () => {
  for (const peer of opened.splice(0)) await peer.close({ cancel: true });
});

const parse = (args: unknown): unknown => args;
const codeOf = async (work: PromiseLike<unknown>): Promise<unknown> =>
  await Promise.resolve(work).then(
    (value) => value,
    (error: unknown) => (isSkeinError(error) ? error.code : error),
  );

class Point {
  readonly x = 1;
}

test("an instance of a class that the other side doesn't know fails what it is part of, and nothing else", async () => {
  const owner = await peerIn();
  const guest = await peerIn(await owner.invite({ roles: ["client"] }));
  registerClass("Point", Point, { runtime: guest.runtime });
  const to = { peer: owner.id, server: 0 };
  owner.procedures.handle("take", { parse }, () => "taken");
  const partly: unknown[] = [];
  owner.procedures.handle("partly", { parse, partly: true }, (args) => partly.push(args));
  owner.procedures.handle("ask-back", { parse }, () => owner.procedures.call({ peer: guest.id, server: 0 }, "give", 0));
  guest.procedures.handle("give", { parse }, () => new Point());
  // All of them in one batch.
  const asked = [
    codeOf(guest.procedures.call(to, "take", new Point())),
    codeOf(guest.procedures.call(to, "take", 1)),
    codeOf(guest.procedures.call(to, "ask-back", 1)),
  ];
  guest.procedures.notify(to, "partly", { good: 1, bad: new Point() });
  expect(await Promise.all(asked)).toEqual(["NOT_SERIALIZABLE", "taken", "NOT_SERIALIZABLE"]);
  expect(partly).toMatchObject([{ good: 1, bad: expect.any(Unreadable) as unknown }]);

  const reader = spawn(
    function* (task: TaskContext<unknown>) {
      return [yield* task.receive(), yield* task.receive()];
    },
    [],
    { runtime: owner.runtime },
  );
  owner.procedures.handle("reader", { parse }, () => reader.ref);
  const far = (await guest.procedures.call(to, "reader", 0)) as TaskRef<unknown>;
  for (const value of [1, new Point(), 2]) far.send(value);
  expect(await reader).toEqual([1, 2]);
  expect(owner.runtime.engine.droppedMessages).toBe(1);

  // A task that returns one has failed for who can't read it.
  const giver = spawn(
    function* (task: TaskContext<unknown>) {
      yield* task.receive();
      return new Point();
    },
    [],
    { runtime: guest.runtime },
  );
  guest.procedures.handle("giver", { parse }, () => giver.ref);
  const there = (await owner.procedures.call({ peer: guest.id, server: 0 }, "giver", 0)) as TaskRef<unknown>;
  const exit = spawn(
    function* () {
      return yield* there.exit();
    },
    [],
    { runtime: owner.runtime },
  );
  // The question leaves before what ends the task.
  await new Promise<void>((resolve) => {
    platform.nextTurn(() => platform.nextTurn(resolve));
  });
  there.send(0);
  expect(await exit).toMatchObject({ type: "failed", error: { code: "NOT_SERIALIZABLE" } });
  expect(owner.peers()).toHaveLength(1);
});
