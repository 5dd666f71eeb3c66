/** A program that `skein run` runs and a signal ends says goodbye first: its servers need not wait for it to come back. */
import { constants } from "node:os";
import { SECOND_MS } from "@skein/runtime";

/** How long goodbyes may take. */
const GOODBYE_MS: number = SECOND_MS;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

interface Closable {
  close(options: { readonly cancel: true }): PromiseLike<void>;
}

const open = new Set<Closable>();
let ending = false;

/** Has `client` closed, and what it runs cancelled, when a signal comes that the program does not take itself. */
export function goodbyeOnSignals(client: Closable): Disposable {
  if (open.size === 0) for (const signal of SIGNALS) process.on(signal, end);
  open.add(client);
  if (ending) void sayGoodbye(client); // it was still connecting
  return {
    [Symbol.dispose]: () => {
      if (open.delete(client) && open.size === 0) for (const signal of SIGNALS) process.off(signal, end);
    },
  };
}

function end(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return; // the program has its own way
  const exit = (): never => process.exit(128 + constants.signals[signal]);
  ending = true;
  for (const name of SIGNALS) {
    process.off(name, end);
    // Told to a whole group of processes it comes twice, since `skein run` passes on what it gets.
    process.on(name, () => {});
  }
  process.on("uncaughtException", () => {}); // what the cancelled tasks throw is nobody's news now
  setTimeout(exit, GOODBYE_MS);
  void Promise.all(Array.from(open, sayGoodbye)).then(exit);
}

async function sayGoodbye(client: Closable): Promise<void> {
  try {
    await client.close({ cancel: true });
  } catch {
    // The scheduler finds out.
  }
}
