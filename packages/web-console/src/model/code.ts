/** The code of all places, bundle by bundle: who has made, keeps and has loaded it; and which tasks run what it exports. Pure. */
import type { BundleInfo, CodeDigest, JobId, Observed, ServiceInfo, TaskId } from "@skein/runtime";
import type { ClusterModel } from "./cluster-model.ts";
import { TaskPhase } from "./task-row.ts";

type Place = Observed["at"];
type Code = Extract<Observed, { readonly topic: "code"; readonly gone?: never }>;

export interface BundleRow {
  readonly digest: CodeDigest;
  /** What it was made of, where that is known. */
  readonly name: string | undefined;
  readonly bytes: number | undefined;
  readonly exports: readonly string[];
  readonly jobs: readonly JobId[];
  readonly madeBy: readonly Place[];
  readonly keptBy: readonly Place[];
  /** Servers that have imported it, or could not. */
  readonly servers: readonly { readonly at: Place; readonly state: NonNullable<BundleInfo["state"]> }[];
}

export interface ServiceRow {
  readonly service: ServiceInfo;
  readonly at: Place;
  readonly timeMs: number;
}

export interface CodeRows {
  readonly bundles: readonly BundleRow[];
  readonly services: readonly ServiceRow[];
  /** Entries that places left out. */
  readonly more: number;
}

type Growing = { -readonly [K in keyof BundleRow]: BundleRow[K] };

export function codeRows(model: ClusterModel): CodeRows {
  const places = [...(model.observed.get("code")?.values() ?? [])].filter(
    (one): one is Code => one.topic === "code" && one.gone !== true,
  );
  const rows = new Map<CodeDigest, Growing>();
  for (const { at, bundles } of places) {
    for (const bundle of bundles) {
      const row = rows.get(bundle.digest) ?? emptyRow(bundle.digest);
      rows.set(bundle.digest, row);
      row.name ??= bundle.name;
      row.bytes ??= bundle.bytes;
      row.exports = union(row.exports, bundle.exports ?? []);
      row.jobs = union(row.jobs, bundle.jobs);
      if (bundle.state !== undefined) row.servers = [...row.servers, { at, state: bundle.state }];
      else if (bundle.exports !== undefined || bundle.name !== undefined) row.madeBy = [...row.madeBy, at];
      else row.keptBy = [...row.keptBy, at];
    }
  }
  return {
    bundles: [...rows.values()],
    services: places.flatMap(({ at, timeMs, services }) => services.map((service) => ({ service, at, timeMs }))),
    more: places.reduce((sum, { more = 0 }) => sum + more, 0),
  };
}

function emptyRow(digest: CodeDigest): Growing {
  return {
    digest,
    name: undefined,
    bytes: undefined,
    exports: [],
    jobs: [],
    madeBy: [],
    keptBy: [],
    servers: [],
  };
}

const union = <T>(a: readonly T[], b: readonly T[]): readonly T[] => [...new Set([...a, ...b])];

/** Functions that run now, with their tasks of each job. */
export interface RunningCode {
  readonly fn: string;
  readonly job: JobId;
  readonly tasks: readonly TaskId[];
}

/** Those with the most tasks first. */
export function runningCode(model: ClusterModel): readonly RunningCode[] {
  const { tasks } = model;
  const found = new Map<string, { readonly fn: string; readonly job: JobId; readonly tasks: TaskId[] }>();
  for (let slot = 0; slot < tasks.slots; slot += 1) {
    const id = tasks.idAt(slot);
    if (id === undefined || tasks.phaseAt(slot) !== TaskPhase.running) continue;
    const fn = model.functionList[tasks.fnAt(slot)]?.name ?? "";
    const job = tasks.jobAt(slot);
    if (job === undefined) continue;
    const key = `${job} ${fn}`;
    const row = found.get(key) ?? { fn, job, tasks: [] };
    row.tasks.push(id);
    found.set(key, row);
  }
  return [...found.values()].toSorted((a, b) => b.tasks.length - a.tasks.length || a.fn.localeCompare(b.fn));
}
