/** A program that `skein run` runs and a signal ends says goodbye first: its servers need not wait for it to come back. */
import { constants } from "node:os";
import { SECOND_MS } from "@skein/runtime";

/** How long goodbyes may take; another signal ends them at once. */
const GOODBYE_MS: number = SECOND_MS;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

interface Closable {
  close(options: { readonly cancel: true }): PromiseLike<void>;
}

const open = new Set<Closable>();

/** Has `client` closed, and what it runs cancelled, when a signal comes that the program does not take itself. */
export function goodbyeOnSignals(client: Closable): Disposable {
  if (open.size === 0) for (const signal of SIGNALS) process.on(signal, end);
  open.add(client);
  return {
    [Symbol.dispose]: () => {
      if (open.delete(client) && open.size === 0) for (const signal of SIGNALS) process.off(signal, end);
    },
  };
}

function end(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return; // the program has its own way
  const exit = (): never => process.exit(128 + constants.signals[signal]);
  for (const name of SIGNALS) {
    process.off(name, end);
    process.once(name, exit);
  }
  process.on("uncaughtException", () => {}); // what the cancelled tasks throw is nobody's news now
  setTimeout(exit, GOODBYE_MS);
  void Promise.allSettled(Array.from(open, async (client) => await client.close({ cancel: true }))).then(exit);
}
