/** The inside of a pool's worker process: it runs what its pool sends through descriptor 3, until that closes. */
import { PoolWorker } from "@skein/runtime/worker";
import { inheritedPoolLink } from "../links/socketpair.ts";
import { functionLoader, type PoolCode } from "./load-function.ts";

const LINK_DESCRIPTOR = 3;

/** Resolves when the pool has gone. `bindCode`: before the first bundle is loaded, what such import is bound. */
export async function serveWorker(bindCode: (codeUrl: string) => Promise<void>): Promise<void> {
  const link = inheritedPoolLink(LINK_DESCRIPTOR);
  const { load, explain } = functionLoader(bindCode);
  const worker = new PoolWorker({
    link,
    now: () => performance.now(),
    soon: (callback) => setImmediate(callback),
    // Our pool describes functions so.
    load: (code) => load(code as PoolCode),
    explain,
    memoryBytes: () => process.memoryUsage.rss(),
  });
  worker.hello();
  process.title = "skein pool worker";
  // Ctrl-C is for the program, which then ends its workers.
  process.on("SIGINT", () => undefined);
  await link.closed;
}
