import { expect, test } from "vitest";
import type { Endpoint } from "../contracts/endpoint.ts";
import type { Router, RuntimeMessage } from "../contracts/router.ts";
import type { PeerId } from "../ids.ts";
import { isSkeinError } from "../errors.ts";
import { completed } from "../task/deferred.ts";
import { createRuntime } from "../task/runtime.ts";
import { spawn } from "../task/spawn.ts";
import type { TaskContext } from "../task/context.ts";
import { createHostPlatform, installHostPlatform } from "../testing/host-platform.ts";
import { MONITORS_LIMIT, inboundOf } from "./inbound.ts";

installHostPlatform();
// Any word serves as an id here.
const end = (peer: string): Endpoint => ({ peer: peer as PeerId, server: 0 });

function setUp() {
  const runtime = createRuntime({ platform: createHostPlatform() });
  const posted: RuntimeMessage[] = [];
  const router: Router = {
    self: end("self"),
    locationOf: ({ peer }) => ({ peer, addresses: [] }),
    post: (_to, message) => posted.push(message),
    request: () => completed,
  };
  runtime.attach(router);
  const task = spawn(
    function* (context: TaskContext<unknown>) {
      return yield* context.receive();
    },
    [],
    { runtime },
  );
  const inbound = inboundOf(runtime);
  const monitor = (number: number, from: Endpoint): unknown =>
    inbound.request({ type: "task.monitor", task: task.id, monitor: number }, from);
  return { task, inbound, monitor, posted };
}

test("a monitor's number that is given twice is told once", async () => {
  const { task, monitor, posted } = setUp();
  monitor(1, end("a"));
  monitor(1, end("a"));
  monitor(1, end("b"));
  task.send("done");
  await task;
  expect(posted.filter(({ type }) => type === "task.exited")).toHaveLength(2);
});

test("one process monitors so many tasks and no more, and others are not hindered", () => {
  const { monitor, inbound } = setUp();
  const codeOf = (number: number, from: Endpoint): unknown => {
    try {
      return monitor(number, from);
    } catch (error) {
      return isSkeinError(error) ? error.code : error;
    }
  };
  for (let n = 0; n < MONITORS_LIMIT; n += 1) monitor(n, end("a"));
  expect(codeOf(MONITORS_LIMIT, end("a"))).toBe("LINK_OVERLOADED");
  expect(codeOf(7, end("a"))).toBe(undefined);
  expect(codeOf(0, end("b"))).toBe(undefined);
  inbound.lost(({ peer }) => peer === end("a").peer, new Error("gone"));
  expect(codeOf(0, end("a"))).toBe(undefined);
});
