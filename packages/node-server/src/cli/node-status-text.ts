/** How a node stands, as text for its terminal. */
import { MIB } from "@skein/runtime";
import type { NodeStanding } from "@skein/runtime/network";
import type { NodeStatus } from "../node-at-work.ts";
import { count } from "./count.ts";

const GIB = 1024 * MIB;

/** One line about the node, one about its machine, one for each server. */
export function nodeStatusText(name: string, { phase, holding, scheduler, node }: NodeStatus): string {
  if (node === undefined) return `${name}: ${phase === "closed" ? "closed until its hours begin" : "starting"}`;
  const { servers, load, known } = node;
  const busy = servers.filter(({ running }) => running > 0).length;
  const work = holding || phase !== "open" ? "takes no new work" : "takes work";
  const link = known ? "knows it" : "is away";
  const gib = (bytes: number): string => `${(bytes / GIB).toFixed(1)} GiB`;
  return [
    `${name}: ${count(servers.length, "server")}, ${busy} busy; ${work}; scheduler …${scheduler.peer.slice(-8)} ${link}`,
    `machine: ${Math.round(load.cpuIdleShare * 100)} % of CPU idle; free: memory ${gib(load.memoryFreeBytes)}, swap ${gib(load.swapFreeBytes)}, disk ${gib(load.diskFreeBytes)}`,
    ...servers.map(serverLine),
  ].join("\n");
}

function serverLine({ server, kind, state, job, running, fn, done, failed }: NodeStanding["servers"][number]): string {
  const number = server.slice(server.lastIndexOf("/") + 1);
  const runs = running === 0 ? "" : ` · runs ${running === 1 ? "" : `${running}, last `}${fn ?? "a task"}`;
  const owner = job === undefined ? "" : ` · ${job}`;
  return `  ${number.padStart(3)} ${kind.padEnd(3)} ${state.padEnd(8)} ${done} done, ${failed} failed${owner}${runs}`;
}
