import { expect, test } from "vitest";
import { race, all } from "../task/combine.ts";
import { deadline } from "../task/deadline.ts";
import { createRuntime } from "../task/runtime.ts";
import { sleep } from "../task/sleep.ts";
import { spawn } from "../task/spawn.ts";
import { VirtualClock, virtualPlatform } from "../testing/virtual-platform.ts";
import { EventFeed } from "./event-feed.ts";

test("a wait for an event that is given up takes none with it, and two who wait get one each", async () => {
  const clock = new VirtualClock();
  const runtime = createRuntime({ platform: virtualPlatform({ clock }) });
  const feed = new EventFeed<string>(() => ["present"]);
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
