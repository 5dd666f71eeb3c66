import { describe, test } from "vitest";
import { linkContract } from "../testing/link-contract.ts";
import { memoryLinks } from "./memory.ts";
import { messagePortLink } from "./message-port.ts";

describe("a link in memory", () => {
  const pairs = linkContract(() => {
    const [left, right] = memoryLinks({ microtask: (callback) => queueMicrotask(callback) });
    return Promise.resolve({ left, right, close: () => left.close() });
  });
  for (const { name, run } of pairs) test(name, run);
});

describe("a link over a MessagePort", () => {
  const pairs = linkContract(() => {
    const { port1, port2 } = new MessageChannel();
    const left = messagePortLink(port1);
    const right = messagePortLink(port2);
    return Promise.resolve({ left, right, close: () => left.close() });
  });
  for (const { name, run } of pairs) test(name, run);
});
