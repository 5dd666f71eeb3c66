/** What the acts of the console's gate are played on: a person at a page, the cluster, and the program that is acted on. */
import type { NodeInfo, ServerStanding, TaskId } from "@skein/runtime";
import { isTaskId } from "@skein/runtime/host";
import type { Browser } from "playwright";
import { descendants } from "../../../packages/node-server/test/processes.ts";
import type { Person } from "./person.ts";
import type { Program, Scene } from "./scene.ts";
import type { Witness } from "./witness.ts";

export interface Stage {
  readonly person: Person;
  readonly scene: Scene;
  readonly witness: Witness;
  /** `playwright/fixtures/acts-job.ts`, busy. */
  readonly program: Program;
  /** `skein node` of the second machine. */
  readonly helper: Program;
  /** Where tabs are opened that join. */
  readonly tabs: Browser;
}

/** One act of a view, by click, with a look at the cluster that it was done. */
export interface Act {
  readonly view: string;
  readonly name: string;
  play(stage: Stage): Promise<void>;
}

/** The second machine. */
export const HELPER = "helper";

/** A task of the program that it has named. */
export async function taskOf({ program }: Stage, name: string): Promise<TaskId> {
  const [, id = ""] = await program.prints(new RegExp(`^${name} (t_\\w+)$`));
  if (!isTaskId(id)) throw new Error(`${id} is no task`);
  return id;
}

/** Lines that the program has printed so far. */
export const printed = ({ program }: Stage, line: string): number => program.lines.filter((one) => one === line).length;

export async function helperNode({ witness }: Stage): Promise<NodeInfo> {
  return await witness.sees("the helper", ({ nodes }) => nodes.find(({ name }) => name === HELPER));
}

/** Every process that the helper has started. */
export const processesOf = ({ helper }: Stage): ReadonlySet<number> =>
  new Set(descendants(helper.process.pid ?? 0).map(({ pid }) => pid));

/** The helper's one server for computing. */
export async function helperServer(stage: Stage): Promise<ServerStanding> {
  const { id } = await helperNode(stage);
  return await stage.witness.sees("the helper’s server", ({ servers }) =>
    servers.find(({ node, kind }) => node === id && kind === "cpu"),
  );
}
