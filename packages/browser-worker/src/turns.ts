/** Turns of the browser's event loop, by messages: timers are throttled to one a minute in hidden tabs. */

/**
 * Makes `nextTurn`: each callback runs in a task of its own after what the event loop has waiting (input, network
 * messages), in the order given. Not `scheduler.yield()`: its continuations go before messages (Chromium 156 took
 * 300,000 of them before one message), so a runtime that is always busy would never hear from its peers.
 */
export function createTurns(): (callback: () => void) => void {
  const { port1, port2 } = new MessageChannel();
  const waiting: (() => void)[] = [];
  port1.addEventListener("message", () => {
    waiting.shift()?.();
  });
  port1.start();
  return (callback) => {
    waiting.push(callback);
    port2.postMessage(undefined);
  };
}
