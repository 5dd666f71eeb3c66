import { sha256 } from "@noble/hashes/sha2.js";
import { expect, test } from "vitest";
import type { Box } from "./box.ts";
import { openFrameBox } from "./frame-box.ts";
import { FRAME_SCRIPT_HASH, frameScript } from "./frame-page.ts";
import { openWorkerBox } from "./worker-box.ts";

const SOON = { timeout: 40_000 };

/** A worker that answers what is said on the host port, after doing `work` with it. */
const answering = (work: string): string => `addEventListener("message", ({ ports: [link, host] }) => {
  host.addEventListener("message", async ({ data }) => {
    try { host.postMessage(await (async () => { ${work} })()); } catch (error) { host.postMessage(String(error)); }
  });
  host.start();
});`;

const next = (port: MessagePort): Promise<unknown> =>
  new Promise((resolve) => {
    port.addEventListener("message", ({ data }) => resolve(data), { once: true });
    port.start();
  });

const ask = (port: MessagePort, data: unknown): Promise<unknown> => {
  const answer = next(port);
  port.postMessage(data);
  return answer;
};

/** Beats on the link's port while it computes for ever: what could end it is only its end. */
const LOOPS = `addEventListener("message", ({ ports: [link] }) => {
  setTimeout(() => {
    for (let last = 0; ; ) {
      const now = Date.now();
      if (now - last >= 20) {
        last = now;
        link.postMessage(now);
      }
    }
  });
});`;

/** Sees it beat, ends it, and waits until nothing beats any more. */
async function endsWhatLoops(box: Box): Promise<void> {
  let beats = 0;
  box.link.addEventListener("message", () => {
    beats += 1;
  });
  box.link.start();
  await expect.poll(() => beats, SOON).toBeGreaterThan(2);
  box.kill();
  expect(await box.ended).toBeUndefined();
  let before = -1;
  const isSilent = (): boolean => {
    const silent = beats === before;
    before = beats;
    return silent;
  };
  await expect.poll(isSilent, { ...SOON, interval: 400 }).toBe(true);
}

test("the hash of the frame's script is the one that pages are told", () => {
  const digest = sha256(new TextEncoder().encode(frameScript));
  expect(FRAME_SCRIPT_HASH).toBe(`sha256-${btoa(String.fromCharCode(...digest))}`);
});

test("a worker in a frame has no origin, and talks over its own ports", async () => {
  const box = openFrameBox(answering("return [self.origin, data];"), document);
  expect(await ask(box.host, 1)).toEqual(["null", 1]);
  box.kill();
  expect(await box.ended).toBeUndefined();
  expect(document.querySelector("iframe[title='skein server']")).toBeNull();
});

test("code made into a blob inside can be imported there, and evaluated", async () => {
  const work = `const url = URL.createObjectURL(new Blob(["export const a = 41"], { type: "text/javascript" }));
    const { a } = await import(url);
    const wasm = await WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
    return [eval("a + 1"), wasm instanceof WebAssembly.Module];`;
  const box = openFrameBox(answering(work), document);
  expect(await ask(box.host, 1)).toEqual([42, true]);
  box.kill();
});

test("a worker that loops is ended with its frame, and a plain one", async () => {
  await endsWhatLoops(openFrameBox(LOOPS, document));
  await endsWhatLoops(openWorkerBox(LOOPS));
});

test("what a worker does not handle is told", async () => {
  const box = openFrameBox(answering("setTimeout(() => { throw new Error('outside'); }); return 1;"), document);
  const told = new Promise((resolve) => box.onError(resolve));
  await ask(box.host, 1);
  expect(await told).toMatch("outside");
  box.kill();
});

test("a plain worker is of the page's origin", async () => {
  const box = openWorkerBox(answering("return self.origin;"));
  expect(await ask(box.host, 1)).toBe(location.origin);
  box.kill();
});
