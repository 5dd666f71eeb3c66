/** The worker of a pool at a job's server: a task that calls functions of bundles, as the frames it receives say. */
import { type Steps } from "../contracts/operation.ts";
import { SkeinError } from "../errors.ts";
import { type CodeDigest, isCodeDigest } from "../ids.ts";
import { type Platform } from "../platform.ts";
import { type AnyFunction, PoolWorker } from "../pool/pool-worker.ts";
import { FramePipe } from "./frame-pipe.ts";
import { type RemoteTaskContext } from "./remote-context.ts";
import { type ServerCode } from "./server-code.ts";

/** The bundle that every server has: no module has this digest. */
export const POOL_CODE: CodeDigest = "0".repeat(64) as CodeDigest; // of the form that isCodeDigest accepts
/** What it exports the worker as: what people see of it. */
export const POOL_WORKER = "pool worker";

export interface ServerPoolOptions {
  readonly platform: Platform;
  readonly code: ServerCode;
  /** Says more in an error, in place. */
  readonly explain: ((error: Error) => void) | undefined;
}

/** Wakes a worker whose pipe has ended. */
const NOTHING: Uint8Array = new Uint8Array();

/** The exports of that bundle. */
export function poolExports({ platform, code, explain }: ServerPoolOptions): Readonly<Record<string, unknown>> {
  const load = (where: unknown): AnyFunction | Promise<AnyFunction> => {
    const { digest, name } = placeOf(where);
    const loading = code.load(digest);
    return loading === undefined ? code.function(digest, name) : loading.then(() => code.function(digest, name));
  };
  function* worker(task: RemoteTaskContext<Uint8Array>): Steps<never> {
    const pipe = new FramePipe(task.client);
    const pool = new PoolWorker({
      link: pipe,
      now: () => platform.now(),
      soon: (callback) => platform.nextTurn(callback),
      load,
      ...(explain === undefined ? {} : { explain }),
      isApart: true,
    });
    // A worker that can't be heard any more ends: its pool is told of that.
    void pipe.closed.then((error) => (error === undefined ? undefined : task.ref.send(NOTHING)));
    pool.hello();
    for (;;) pipe.take(yield* task.receive());
  }
  return { [POOL_WORKER]: worker };
}

/** What a job tells its workers of a function. */
export type PoolCodePlace = readonly [digest: CodeDigest, name: string];

function placeOf(where: unknown): { readonly digest: CodeDigest; readonly name: string } {
  const [digest, name] = Array.isArray(where) ? where : [];
  if (isCodeDigest(digest) && typeof name === "string") return { digest, name };
  throw new SkeinError("WIRE_INVALID", "a pool named no function of a bundle", { hint: "nothing to do" });
}
