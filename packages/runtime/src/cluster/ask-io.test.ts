import { expect, test } from "vitest";
import { installHostPlatform } from "../testing/host-platform.ts";
import { spawn } from "../task/spawn.ts";
import { taskIo } from "./ask-io.ts";

installHostPlatform();

test("at a server that is no tab's, each ability says where it would work", async () => {
  const io = taskIo();
  await expect(Promise.resolve(io.fetch("https://example.org"))).rejects.toMatchObject({
    code: "ABILITY_UNAVAILABLE",
    message: expect.stringContaining("fetch"),
    hint: expect.stringContaining('needs: { abilities: ["fetch"] }'),
  });
  await expect(Promise.resolve(io.storage.get("a"))).rejects.toMatchObject({ code: "ABILITY_UNAVAILABLE" });
});

test("an answer is read as text and as JSON, and a view's events end with it", async () => {
  const asked: string[] = [];
  const answers: Record<string, unknown> = {
    "fetch.fetch": { ok: true, status: 200, headers: {}, url: "u", bytes: new TextEncoder().encode('{"a":1}') },
    "show.open": 7,
    "show.next": { done: true, value: undefined },
  };
  const io = taskIo(async (what) => {
    asked.push(what);
    return answers[what];
  });
  const answer = await io.fetch("u");
  expect(answer.text()).toBe('{"a":1}');
  expect(answer.json()).toEqual({ a: 1 });
  const view = await io.show("html");
  for await (const event of view.events) expect(event).toBeUndefined();
  await view.close();
  expect(asked).toEqual(["fetch.fetch", "show.open", "show.next", "show.close"]);
});

test("what is given up is given up at the page too", async () => {
  let given: AbortSignal | undefined;
  const io = taskIo((_what, _args, signal) => {
    given = signal;
    return new Promise(() => undefined);
  });
  const task = spawn(function* asks() {
    yield* io.ask("are you there?");
  }, []);
  await expect.poll(() => given, { timeout: 30_000 }).toBeDefined();
  await task.cancel();
  expect(given?.aborted).toBe(true);
});
