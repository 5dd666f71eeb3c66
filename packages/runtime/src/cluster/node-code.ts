/** A node's code: taken from clients that hold a server here, and kept for its servers. */
import { sameEndpoint } from "../contracts/endpoint.ts";
import { type Caller, type Procedures } from "../contracts/procedures.ts";
import { BUNDLE_LIMIT_BYTES } from "../defaults.ts";
import { SkeinError } from "../errors.ts";
import { type CodeDigest, type JobId } from "../ids.ts";
import { type CodeStore } from "./contracts.ts";
import { type Lane } from "./lane.ts";
import { type BundleInfo } from "./observed.ts";
import { parseCodeHas, parseCodePut } from "./schemas.ts";
import { type CodePut } from "./words.ts";

type Lanes = ReadonlyMap<number, Lane>;

/** Bundles that are remembered for those who look. */
const BUNDLES_KEPT = 500;

/** What jobs have brought to a node, or found there: for those who look. */
export class NodeBundles {
  readonly #bundles = new Map<CodeDigest, { bytes: number | undefined; readonly jobs: Set<JobId> }>();

  seen(digest: CodeDigest, jobs: Iterable<JobId>, bytes?: number): void {
    const known = this.#bundles.get(digest) ?? { bytes: undefined, jobs: new Set<JobId>() };
    known.bytes = bytes ?? known.bytes;
    for (const job of jobs) known.jobs.add(job);
    // The one that was used last comes last.
    this.#bundles.delete(digest);
    this.#bundles.set(digest, known);
    const [oldest] = this.#bundles.keys();
    if (this.#bundles.size > BUNDLES_KEPT && oldest !== undefined) this.#bundles.delete(oldest);
  }

  /** Each with those of its jobs that are `here`. */
  list(here: ReadonlySet<JobId>): readonly BundleInfo[] {
    return Array.from(this.#bundles, ([digest, { bytes, jobs }]) => {
      return { digest, jobs: [...jobs].filter((job) => here.has(job)), ...(bytes === undefined ? {} : { bytes }) };
    });
  }
}

/** Answers `node.code.has` and `node.code.put`. */
export function handleCode(
  procedures: Procedures,
  code: CodeStore,
  lanes: Lanes,
  bundles: NodeBundles,
): readonly Disposable[] {
  return [
    procedures.handle("node.code.has", { parse: parseCodeHas }, ({ digest }, caller) => {
      const jobs = mayShip(lanes, caller);
      const has = code.has(digest, caller.endpoint.peer);
      if (has) bundles.seen(digest, jobs);
      return has;
    }),
    procedures.handle("node.code.put", { parse: parseCodePut }, async (put, caller) => {
      const jobs = mayShip(lanes, caller);
      await putCode(code, put, caller);
      bundles.seen(put.digest, jobs, put.code.byteLength);
    }),
  ];
}

async function putCode(store: CodeStore, { digest, code }: CodePut, caller: Caller): Promise<void> {
  if (code.byteLength > BUNDLE_LIMIT_BYTES) {
    throw new SkeinError("MESSAGE_TOO_LARGE", `a bundle of ${code.byteLength} bytes`, {
      hint: `bundles may have ${BUNDLE_LIMIT_BYTES} bytes; read large data from files instead`,
    });
  }
  await store.put(digest, code, caller.endpoint.peer);
}

/** Code comes from clients that hold a server here, and from nobody else. @returns the jobs for which the caller does */
function mayShip(lanes: Lanes, caller: Caller): readonly JobId[] {
  const role = caller.roles.some((name) => name === "client" || name === "operator");
  const jobs: JobId[] = [];
  for (const { assigned } of lanes.values()) {
    if (role && assigned !== undefined && sameEndpoint(assigned.client, caller.endpoint)) jobs.push(assigned.job);
  }
  if (jobs.length > 0) return jobs;
  throw new SkeinError("ROLE_FORBIDS", "code is taken only from clients that hold a server of this node", {
    hint: "join with an invite for the role client, and open a job",
  });
}
