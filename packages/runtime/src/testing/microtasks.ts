/** The end of a turn of the host: every microtask, however many follow from each other, has run. */
import { pageTurns } from "./page-turns.ts";

/** One for all: with 500 open channels WebKit carries 200 messages a second. */
let postToSelf: ((callback: () => void) => void) | undefined;

/** A message of the host comes when all microtasks have run. */
export function microtasksDone(): Promise<void> {
  postToSelf ??= pageTurns() ?? openChannel();
  return new Promise(postToSelf);
}

function openChannel(): (callback: () => void) => void {
  const { port1, port2 } = new MessageChannel();
  const waiting: (() => void)[] = [];
  // Node keeps a process alive for a port that listens, which it must only while a message is on its way; browsers
  // have neither.
  const port: { unref?: () => void; ref?: () => void } = port1 as MessagePort & {
    unref?: () => void;
    ref?: () => void;
  };
  port1.addEventListener("message", () => {
    const callback = waiting.shift();
    if (waiting.length === 0) port.unref?.();
    callback?.();
  });
  port1.start();
  port.unref?.();
  return (callback) => {
    waiting.push(callback);
    if (waiting.length === 1) port.ref?.();
    port2.postMessage(0);
  };
}
