import { expect, test } from "vitest";
import { race, all } from "../task/combine.ts";
import { deadline } from "../task/deadline.ts";
import { createRuntime } from "../task/runtime.ts";
import { sleep } from "../task/sleep.ts";
import type { TaskContext } from "../task/context.ts";
import { spawn } from "../task/spawn.ts";
import { VirtualClock, virtualPlatform } from "../testing/virtual-platform.ts";
import { EventFeed } from "./event-feed.ts";

test("a wait for an event that is given up takes none with it, and two who wait get one each", async () => {
  const clock = new VirtualClock();
  const runtime = createRuntime({ platform: virtualPlatform({ clock }) });
  const feed = new EventFeed<string>(runtime.engine, "events", () => ["present"]);
  const events = feed.values();
  const task = spawn(
    function* () {
      const seen: unknown[] = [];
      yield* race([events.forEach((event) => void seen.push(event)), sleep(5)]);
      try {
        yield* deadline(5, events.next());
      } catch {
        seen.push("given up");
      }
      const both = yield* all([events.next(), events.next()]);
      return [...seen, ...both.map((step) => step.value)];
    },
    [],
    { runtime },
  );
  await clock.advance(20);
  feed.emit("first");
  feed.emit("second");
  await clock.advance(1);
  expect(task.state).toBe("ended");
  expect(await task).toEqual(["present", "given up", "first", "second"]);
  feed.close();
});

test("a task that subscribes gets the present state and every event after it, until it is taken off or ends", async () => {
  const clock = new VirtualClock();
  const runtime = createRuntime({ platform: virtualPlatform({ clock }) });
  const feed = new EventFeed<string>(runtime.engine, "events", () => ["one is here", "two is here"]);
  const watching = spawn(
    function* (task: TaskContext<string>) {
      yield* feed.subscribe(task.ref);
      const seen = [yield* task.receive(), yield* task.receive(), yield* task.receive()];
      feed.unsubscribe(task.ref);
      return [...seen, yield* task.receive({ timeoutMs: 10, else: "nothing more" })];
    },
    [],
    { runtime },
  );
  await clock.advance(1);
  feed.emit("two has left");
  await clock.advance(1);
  feed.emit("one has left");
  await clock.advance(20);
  expect(await watching).toEqual(["one is here", "two is here", "two has left", "nothing more"]);
  feed.close();
  feed.emit("too late");
});
