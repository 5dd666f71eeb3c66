import type { PeerId } from "@skein/runtime";
import { messagePortLink } from "@skein/runtime/network";
import { expect, test, vi } from "vitest";
import { createBrowserPlatform } from "../platform.ts";
import type { Box } from "../sandbox/box.ts";
import { WORDS_PER_SECOND_LIMIT } from "../server/words.ts";
import { memoryCodeStore } from "./memory-code-store.ts";
import { TabServer } from "./tab-server.ts";

/** A server whose worker is this test. */
function started() {
  const [link, host] = [new MessageChannel(), new MessageChannel()];
  const { promise: ended, resolve } = Promise.withResolvers<string | undefined>();
  const kill = vi.fn<() => void>(() => resolve(undefined));
  const box: Box = { link: link.port1, host: host.port1, ended, onError: () => undefined, kill };
  const server = new TabServer({
    box,
    link: messagePortLink(link.port1),
    confinement: { isolation: "sealed", allow: {} },
    code: memoryCodeStore(createBrowserPlatform()),
    more: async () => [["a.js", "export {};"]],
  });
  return { server, kill, host: host.port2, link: link.port2 };
}

test("a server that floods its page with asks for abilities is ended", async () => {
  vi.spyOn(performance, "now").mockReturnValue(1000); // however slow the machine is: within a second
  const { server, kill, host } = started();
  const greeted = new Promise<readonly MessagePort[]>((resolve) => {
    host.addEventListener("message", ({ ports }) => resolve(ports));
    host.start();
  });
  const end = vi.fn<() => void>();
  const peer = "12D3KooWA" as PeerId; // only passed on
  server.greet({ peer, server: 1, grants: [], serveAbilities: (port) => (port.start(), end) });
  const [port] = await greeted;
  for (let word = 0; word <= WORDS_PER_SECOND_LIMIT; word += 1) port?.postMessage(word);
  const { error } = await server.exited;
  expect(error?.message).toContain("flooded");
  expect(kill).toHaveBeenCalled();
  expect(end).toHaveBeenCalled();
  vi.restoreAllMocks();
});

test("what is no frame ends the link of a server", async () => {
  const { server, link } = started();
  link.postMessage("no frame", []);
  expect(String(await server.link.closed)).toContain("no frame");
});
