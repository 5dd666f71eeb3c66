import { expect, test } from "vitest";
import { installHostPlatform } from "../testing/host-platform.ts";
import { spawn } from "../task/spawn.ts";
import { taskIo } from "./ask-io.ts";

installHostPlatform();

/** A task that ends when it is told. */
function owner() {
  const calls = new Set<() => void>();
  return {
    onEnd: (call: () => void) => {
      calls.add(call);
      return { [Symbol.dispose]: () => void calls.delete(call) };
    },
    end: () => {
      for (const call of calls) call();
    },
  };
}

test("at a server that is no tab's, each ability says where it would work", async () => {
  const io = taskIo(owner());
  await expect(Promise.resolve(io.fetch("https://example.org"))).rejects.toMatchObject({
    code: "ABILITY_UNAVAILABLE",
    message: expect.stringContaining("fetch"),
    hint: expect.stringContaining('needs: { abilities: ["fetch"] }'),
  });
  const unavailable = { code: "ABILITY_UNAVAILABLE" };
  await expect(Promise.resolve(io.storage.get("a"))).rejects.toMatchObject(unavailable);
  await expect(Promise.resolve(io.camera().next())).rejects.toMatchObject(unavailable);
});

test("an answer is read as text and as JSON, and a view's events end with it", async () => {
  const asked: string[] = [];
  const answers: Record<string, unknown> = {
    "fetch.fetch": { ok: true, status: 200, headers: {}, url: "u", bytes: new TextEncoder().encode('{"a":1}') },
    "show.open": 7,
    "show.next": { done: true, value: undefined },
  };
  const io = taskIo(owner(), async (what) => {
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
  const io = taskIo(owner(), (_what, _args, signal) => {
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

test("a camera is opened by the first picture, and closed when its reader leaves or its task ends", async () => {
  const asked: string[] = [];
  const task = owner();
  const io = taskIo(task, async (what, args) => {
    asked.push(`${what} ${String(args[0])}`);
    return what === "camera.open" ? 7 : { done: false, value: { bytes: new Uint8Array([1]) } };
  });
  const unread = io.camera();
  expect(asked).toEqual([]);
  for await (const { bytes } of io.camera()) {
    expect(bytes).toEqual(new Uint8Array([1]));
    break;
  }
  expect(asked).toEqual(["camera.open [object Object]", "camera.next 7", "camera.close 7"]);
  asked.length = 0;
  await unread.next();
  task.end();
  await expect.poll(() => asked.at(-1), { timeout: 30_000 }).toBe("camera.close 7");
  expect(await unread.next()).toEqual({ done: true, value: undefined });
});

test("a view stands as it is described, whatever is in its texts, and ends with its task", async () => {
  const asked: unknown[] = [];
  const task = owner();
  const io = taskIo(task, async (what, args) => {
    asked.push(what, ...args);
    return 3;
  });
  const view = await io.show({
    title: "<b>",
    text: "one",
    fields: [
      { name: 'a"', label: "A", value: "1" },
      { name: "b", label: "B", choices: ["x", "y"], value: "y" },
    ],
    buttons: [{ name: "go", label: "Go" }],
  });
  const [what, html] = asked;
  expect(what).toBe("show.open");
  expect(html).toContain("<h1>&lt;b&gt;</h1><p>one</p>");
  expect(html).toContain('<input name="a&quot;" type="text" value="1">');
  expect(html).toContain('<select name="b"><option>x</option><option selected>y</option></select>');
  expect(html).toContain('<button type="button" name="go" value="">Go</button>');
  await view.update("<p>two</p>");
  task.end();
  await expect
    .poll(() => asked.slice(2), { timeout: 30_000 })
    .toEqual(["show.update", 3, "<p>two</p>", "show.close", 3]);
});
