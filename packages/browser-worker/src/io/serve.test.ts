import { expect, test, vi } from "vitest";
import { ABILITY_ASKS_LIMIT, ABILITY_FETCHED_BYTES } from "@skein/runtime/host";
import type { Abilities } from "./abilities.ts";
import { askOver } from "./ask-port.ts";
import { fetchAbility } from "./fetch.ts";
import { serveGranted } from "./serve.ts";

async function granted(abilities: Abilities, client = "a client") {
  const { port1, port2 } = new MessageChannel();
  const serve = await serveGranted(abilities, () => ({ id: client, name: "<i>ann</i>" }));
  const end = serve(port1, 1);
  const ask = askOver(port2);
  const page = (what: string, ...args: readonly unknown[]) => ask(what, args, new AbortController().signal);
  return { page, ask, end };
}

const { origin } = location;
const SOON = { timeout: 30_000 };

test("a request goes to an allowed origin, and its answer comes back whole", async () => {
  const { page, end } = await granted({ fetch: { origins: [origin] } });
  const answer = await page("fetch.fetch", import.meta.url, {});
  expect(answer).toMatchObject({ ok: true, status: 200, bytes: expect.any(Uint8Array) });
  end();
});

test("what is not allowed is not asked: other origins, other schemes, other abilities", async () => {
  const { page, end } = await granted({ fetch: { origins: [origin] } });
  const notGranted = expect.objectContaining({ code: "ABILITY_NOT_GRANTED" });
  for (const url of ["http://192.168.1.1/", "https://example.org/", "data:text/plain,a", "file:///etc/passwd"])
    await expect(page("fetch.fetch", url, {})).rejects.toEqual(notGranted);
  await expect(page("storage.get", "a")).rejects.toEqual(notGranted);
  await expect(page("constructor.call")).rejects.toMatchObject({ code: "OPTION_INVALID" });
  await expect(page("fetch.constructor")).rejects.toMatchObject({ code: "OPTION_INVALID" });
  end();
});

test("a request that no page may send is said to be wrong", async () => {
  const { page, end } = await granted({ fetch: { origins: [origin] } });
  await expect(page("fetch.fetch", `${origin}/`, { body: "a" })).rejects.toMatchObject({ code: "OPTION_INVALID" });
  end();
});

test("what redirects is told from what does not answer pages, as far as the browser tells", async () => {
  const { page, end } = await granted({ fetch: { origins: [origin] } });
  let type: ResponseType = "opaqueredirect";
  const fetches = vi.spyOn(globalThis, "fetch").mockImplementation(async (_url, { redirect } = {}) => {
    if (redirect !== "manual" || type === "error") throw new TypeError("Failed to fetch");
    return Object.defineProperty(new Response(), "type", { value: type });
  });
  const asked = (how: object): unknown => page("fetch.fetch", `${origin}/`, how);
  const of = (message: RegExp): unknown =>
    expect.objectContaining({ code: "HOST_UNREACHABLE", message: expect.stringMatching(message) });
  await expect(asked({})).rejects.toEqual(of(/it redirects, and a page learns/));
  type = "error";
  await expect(asked({})).rejects.toEqual(of(/does not let pages of other origins ask \(CORS\)/));
  const before = fetches.mock.calls.length;
  // What may change something is not asked again.
  await expect(asked({ method: "POST", body: "a" })).rejects.toEqual(of(/CORS/));
  expect(fetches.mock.calls.length).toBe(before + 1);
  fetches.mockRestore();
  end();
});

test("what is given up makes room also while the person is asked", async () => {
  const { ask, end } = await granted({ geolocation: true });
  // A prompt that is never answered.
  const prompts = vi.spyOn(navigator.geolocation, "getCurrentPosition").mockImplementation(() => undefined);
  const stop = new AbortController();
  const ends = Promise.allSettled(
    Array.from({ length: ABILITY_ASKS_LIMIT }, () => ask("geolocation.get", [], stop.signal)),
  );
  await expect.poll(() => prompts.mock.calls.length, SOON).toBe(1);
  stop.abort();
  await ends;
  await expect(ask("ask.ask", ["Well?"], new AbortController().signal)).rejects.toMatchObject({
    code: "ABILITY_NOT_GRANTED",
  });
  expect(prompts).toHaveBeenCalledTimes(1);
  prompts.mockRestore();
  end();
});

test("an answer over the owner's limit is refused", async () => {
  const { page, end } = await granted({ fetch: { origins: [origin], maxBytes: 10 } });
  await expect(page("fetch.fetch", `${origin}/`, {})).rejects.toMatchObject({ code: "MESSAGE_TOO_LARGE" });
  end();
});

test("a request that is given up is aborted", async () => {
  const { ask, end } = await granted({ fetch: { origins: [origin] } });
  const asked: AbortSignal[] = [];
  // One that never answers.
  const fetches = vi.spyOn(globalThis, "fetch").mockImplementation(async (_url, { signal } = {}) => {
    if (signal) asked.push(signal);
    return await new Promise<never>((_resolve, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason));
    });
  });
  const stop = new AbortController();
  const answer = ask("fetch.fetch", [`${origin}/`, {}], stop.signal);
  await expect.poll(() => asked.length, SOON).toBe(1);
  stop.abort();
  await expect(answer).rejects.toMatchObject({ name: "AbortError" });
  await expect.poll(() => asked[0]?.aborted, SOON).toBe(true);
  fetches.mockRestore();
  end();
});

test("more than the limit at a time are refused, and what is given up makes room", async () => {
  const { ask, end } = await granted({ ask: true });
  const stop = new AbortController();
  const asked = Array.from({ length: ABILITY_ASKS_LIMIT }, () => ask("ask.ask", ["Well?"], stop.signal));
  const ends = Promise.allSettled(asked);
  const more = new AbortController();
  await expect(ask("ask.ask", ["And?"], more.signal)).rejects.toMatchObject({ code: "LINK_OVERLOADED" });
  stop.abort();
  expect((await ends).every((one) => one.status === "rejected" && one.reason === stop.signal.reason)).toBe(true);
  const answer = Promise.resolve(ask("ask.ask", ["Now?"], more.signal)).catch(() => "given up");
  await expect.poll(() => document.querySelector("form label")?.textContent, SOON).toBe("Now?");
  more.abort();
  expect(await answer).toBe("given up");
  end();
});

test("answers under way in a tab are bounded together", async () => {
  const shared = { turn: async () => undefined, bytes: ABILITY_FETCHED_BYTES };
  const { calls } = fetchAbility({ origins: [origin] }, shared);
  const { signal } = new AbortController();
  await expect(calls["fetch"]?.([`${origin}/`, {}], signal)).rejects.toMatchObject({ code: "LINK_OVERLOADED" });
  expect(shared.bytes).toBe(ABILITY_FETCHED_BYTES);
});

test("a person answers a question, or does not want to", async () => {
  const { page, end } = await granted({ ask: true });
  const answer = page("ask.ask", "<b>How many?</b>");
  await expect.poll(() => document.querySelector("form label")?.textContent, SOON).toBe("<b>How many?</b>");
  expect(document.querySelector("section:has(form) p")?.textContent).toBe("A task of <i>ann</i> asks:");
  const input = document.querySelector<HTMLInputElement>("form input");
  if (input !== null) input.value = "seven";
  document.querySelector<HTMLButtonElement>("form button")?.click();
  expect(await answer).toBe("seven");
  const none = page("ask.ask", "And now?");
  await expect.poll(() => document.querySelector("form"), SOON).not.toBeNull();
  document.querySelector<HTMLButtonElement>("form button[type=reset]")?.click();
  expect(await none).toBeUndefined();
  expect(document.querySelector("form")).toBeNull();
  end();
});
