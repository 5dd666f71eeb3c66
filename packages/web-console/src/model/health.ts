/** What somebody should look at: lost and silent places, failures, what is held up. Pure. */
import { counted, duration } from "../format.ts";
import { type ClusterModel, type NodeRow, type Trouble, TROUBLE_LIMIT } from "./cluster-model.ts";
import { serverName } from "./select.ts";

/** Failures are news for so long … */
export const FAILURE_NEWS_MS = 60_000;
/** … and losses of machines and processes for so long. */
export const LOSS_NEWS_MS = 300_000;
/** Less free memory than this, and tasks soon fail for it. */
const SHORT_MEMORY_BYTES = 200_000_000;
const SHORT_DISK_BYTES = 1_000_000_000;

export interface Concern {
  /** Something is lost, or fails; else it is only held up. */
  readonly grave: boolean;
  readonly text: string;
  /** Where a page says more. */
  readonly href: string;
}

/** Grave ones first; none: the cluster is well. `nowMs` is by the cluster's clock. */
export function concernsOf(model: ClusterModel, nowMs: number): readonly Concern[] {
  const found: Concern[] = [];
  const say = (grave: boolean, text: string, href: string): void => void found.push({ grave, text, href });
  if (model.nodes.size === 0) say(false, "no machine has joined", "/invite");
  for (const node of model.nodes.values()) lookAtNode(node, nowMs, say);
  for (const { id, state } of model.servers.values())
    if (state === "lost") say(true, `${serverName(model, id)} is lost`, `/servers/${id}`);
  const since = (ms: number, kind: Trouble["kind"]): number =>
    model.troubles.values.filter((one) => nowMs - one.timeMs < ms && one.kind === kind).length;
  const failed = since(FAILURE_NEWS_MS, "task");
  // Only the last ones are kept.
  const atLeast = model.troubles.values.length === TROUBLE_LIMIT ? "at least " : "";
  if (failed > 0) say(true, `${atLeast}${counted(failed, "task")} failed in the last minute`, "/tasks?q=state:failed");
  const died = since(LOSS_NEWS_MS, "server");
  if (died > 0)
    say(true, `${counted(died, "server process", "server processes")} died in the last 5 minutes`, "/nodes");
  if (model.intakePaused) say(false, "the intake is paused", "/jobs");
  for (const job of model.jobs.values()) {
    const href = `/jobs?job=${job.id}`;
    if (job.state === "closed") continue;
    if (job.away) say(false, `the client of ${job.name} is away`, href);
    else if (job.paused) say(false, `${job.name} is paused`, href);
    else if (job.state === "waiting" && job.why !== undefined) say(false, `${job.name} waits: ${job.why}`, href);
  }
  return found.toSorted((a, b) => Number(b.grave) - Number(a.grave));
}

function lookAtNode(node: NodeRow, nowMs: number, say: (grave: boolean, text: string, href: string) => void): void {
  const { label, info, hold, state } = node;
  const href = `/nodes/${node.id}`;
  const awayMs = Math.max(0, nowMs - node.sinceMs);
  if (state === "lost") {
    if (awayMs < LOSS_NEWS_MS) say(true, `${label} was lost ${duration(awayMs)} ago`, href);
    return;
  }
  if (hold === "suspected") say(true, `${label} is silent`, href);
  else if (hold !== undefined) say(false, `${label} is ${hold}`, href);
  // A tab tells nothing of that.
  if (info.kind === "tab") return;
  if (info.load.memoryFreeBytes < SHORT_MEMORY_BYTES) say(true, `${label} is short of memory`, href);
  if (info.load.diskFreeBytes < SHORT_DISK_BYTES) say(true, `${label} is short of disk`, href);
}
