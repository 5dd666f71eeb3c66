import { expect, test } from "vitest";
import { isSkeinError } from "../errors.ts";
import type { TaskContext } from "../task/context.ts";
import { createRuntime, type Runtime } from "../task/runtime.ts";
import { spawn } from "../task/spawn.ts";
import { RemoteRef } from "../task/remote-ref.ts";
import type { Task } from "../task/types.ts";
import { createHostPlatform, installHostPlatform } from "../testing/host-platform.ts";
import { MemoryNetwork } from "../testing/memory-router.ts";

installHostPlatform();
const platform = createHostPlatform();
const LIMIT = 10;

const turn = (): Promise<void> =>
  new Promise((resolve) => {
    platform.nextTurn(resolve);
  });

interface Pair {
  readonly network: MemoryNetwork;
  readonly there: Runtime;
  readonly reader: Task<number, unknown>;
  readonly ref: RemoteRef;
  /** Sends and says what came of it. */
  readonly send: (value: unknown) => string;
}

/** A task in another process that takes one message each time it is woken. */
function setUp(): Pair {
  const network = new MemoryNetwork();
  const [here, there] = [createRuntime({ platform }), createRuntime({ platform })];
  network.join(here, "here");
  const endpoint = network.join(there, "there");
  const reader = spawn(
    function* (task: TaskContext<unknown>) {
      let taken = 0;
      for (;;) {
        if ((yield* task.suspend()) === "stop") return taken;
        yield* task.receive();
        taken += 1;
      }
    },
    [],
    { runtime: there, mailboxLimit: LIMIT },
  );
  const ref = new RemoteRef(here.engine, reader.id, endpoint, "reader");
  const send = (value: unknown): string => {
    try {
      ref.send(value);
      return "sent";
    } catch (error) {
      return isSkeinError(error) ? error.code : String(error);
    }
  };
  return { network, there, reader, ref, send };
}

test("once a message to a full mailbox elsewhere was dropped, the next ones are refused until it has room", async () => {
  const { there, reader, ref, send } = setUp();
  await turn();
  for (let n = 0; n < LIMIT + 2; n += 1) expect(send(n)).toBe("sent");
  await turn();
  expect(there.engine.droppedMessages).toBe(2);
  expect(send("refused")).toBe("MAILBOX_FULL");
  // A slot or two are no room worth a word; half of it is.
  for (let n = 0; n < LIMIT / 2 - 1; n += 1) {
    reader.wake();
    await turn();
  }
  expect(send("refused")).toBe("MAILBOX_FULL");
  reader.wake();
  await turn();
  await turn();
  expect(send("again")).toBe("sent");
  expect(there.engine.droppedMessages).toBe(2);
  // Delivering waits for room and was never refused.
  await ref.deliver("last");
  reader.wake("stop");
  expect(await reader).toBe(LIMIT / 2);
});

test("the end of a task with a full mailbox, or of its process, ends the refusal", async () => {
  const { network, reader, ref, send } = setUp();
  await turn();
  for (let n = 0; n < LIMIT + 1; n += 1) send(n);
  await turn();
  expect(send("refused")).toBe("MAILBOX_FULL");
  reader.wake("stop");
  await reader;
  await turn();
  expect(send("dropped there, and counted")).toBe("sent");
  const other = setUp();
  await turn();
  for (let n = 0; n < LIMIT + 1; n += 1) other.send(n);
  await turn();
  expect(other.send("refused")).toBe("MAILBOX_FULL");
  other.network.lose(other.ref.endpoint);
  expect(other.send("nobody there")).toBe("PEER_LOST");
  network.lose(ref.endpoint);
});

test("nobody says that the mailbox of another's task is full", async () => {
  const { network, ref, send } = setUp();
  await turn();
  const stranger = createRuntime({ platform });
  network.join(stranger, "stranger");
  const here = ref.engine.router?.self;
  if (here === undefined) throw new Error("it has joined");
  stranger.engine.router?.post(here, { type: "task.room", task: ref.id, room: false });
  await turn();
  expect(send("all the same")).toBe("sent");
});
