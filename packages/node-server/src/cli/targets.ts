/** What people mean by a word for a node, server, job or task of a cluster. Pure. */
import { type ClusterSnapshot, type JobId, type NodeId, type ServerId, SkeinError, type TaskId } from "@skein/runtime";
import { isTaskId } from "@skein/runtime/host";
import { SHORT_ID_LENGTH, shortId } from "./short-id.ts";

export type Target =
  | { readonly kind: "node"; readonly id: NodeId; readonly label: string }
  | { readonly kind: "server"; readonly id: ServerId; readonly label: string }
  | { readonly kind: "job"; readonly id: JobId; readonly label: string }
  | { readonly kind: "task"; readonly id: TaskId; readonly label: string };

export type TargetKind = Target["kind"];
export type TargetOf<K extends TargetKind> = Extract<Target, { readonly kind: K }>;

type Standing = Pick<ClusterSnapshot, "nodes" | "servers" | "jobs">;

/**
 * The one node, server, job or task that `text` names: by its id, the end of an id as tables show it (`…Ab3dEf7h`), its
 * name, and servers by `NODE/N`.
 *
 * @throws {SkeinError} `OPTION_INVALID` when it names nothing, or several
 */
export function findTarget<K extends TargetKind>(text: string, cluster: Standing, kinds: readonly K[]): TargetOf<K> {
  const found = kinds.flatMap((kind): readonly TargetOf<K>[] => FINDERS[kind](text, cluster));
  const [one, other] = found;
  if (one !== undefined && other === undefined) return one;
  const what = kinds.join(", ").replace(/, (?=[^,]*$)/, " or ");
  if (one !== undefined) {
    const meant = found.map(({ kind, id }) => `${kind} ${id}`).join(", ");
    throw new SkeinError("OPTION_INVALID", `${found.length} are called ${text}`, { hint: `give the id: ${meant}` });
  }
  throw new SkeinError("OPTION_INVALID", `there is no ${what} ${text} in the cluster`, {
    hint: hintFor(cluster, kinds),
  });
}

type Finders = { readonly [K in TargetKind]: (text: string, cluster: Standing) => readonly TargetOf<K>[] };

const FINDERS: Finders = {
  node: (text, { nodes }) =>
    nodes
      .filter(({ id, name }) => isCalled(text, id, name))
      .map(({ id, name }) => ({ kind: "node", id, label: name || shortId(id) })),
  server: (text, cluster) => {
    const [, node = "", number = ""] = /^(.+)\/(\d+)$/.exec(text) ?? [];
    if (number === "") return [];
    const holders = FINDERS.node(node, cluster).map(({ id, label }) => ({ id, label }));
    return cluster.servers.flatMap(({ id, node: holder }) => {
      const of = holders.find((each) => each.id === holder);
      if (of === undefined || !id.endsWith(`/${number}`)) return [];
      return [{ kind: "server", id, label: `${of.label}/${number}` }];
    });
  },
  job: (text, { jobs }) =>
    jobs
      .filter(({ id, name }) => isCalled(text, id, name))
      .map(({ id, name }) => ({ kind: "job", id, label: name || shortId(id) })),
  // Which tasks there are, only their clients know.
  task: (text) => (isTaskId(text) ? [{ kind: "task", id: text, label: text }] : []),
};

function isCalled(text: string, id: string, name: string): boolean {
  if (text === id || (text === name && name !== "")) return true;
  const end = text.replace(/^…/, "");
  if (end.length >= SHORT_ID_LENGTH && id.endsWith(end)) return true;
  // As `skein status` tells nodes of one name apart.
  return name !== "" && text === `${name}#${id.slice(-4)}`;
}

const HINT_NAMES = 8;

function hintFor(cluster: Standing, kinds: readonly TargetKind[]): string {
  const names: string[] = [];
  if (kinds.includes("node")) names.push(...cluster.nodes.map(({ id, name }) => name || shortId(id)));
  if (kinds.includes("server") && cluster.nodes.length > 0) names.push("NODE/1 for a server");
  if (kinds.includes("job")) names.push(...cluster.jobs.map(({ id, name }) => name || shortId(id)));
  if (kinds.includes("task")) names.push("t_… for a task, by its whole id");
  if (names.length === 0) return "skein status shows what there is";
  return `there are: ${names.slice(0, HINT_NAMES).join(", ")}${names.length > HINT_NAMES ? ", …" : ""}`;
}
