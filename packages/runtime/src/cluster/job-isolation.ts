/** What a job asks for of the nodes that run its code, and which of them give it. */
import { SkeinError } from "../errors.ts";
import { type NodeId } from "../ids.ts";
import { type NodeInfo } from "./contracts.ts";
import { allowLack, type Allow, checkIsolation, isolationLack, type IsolationWish } from "./isolation.ts";

/** Nodes that an error names, each with its reason. */
const NAMED_LIMIT = 5;

export class JobIsolation {
  /** Whether the job asks for anything: then nodes are told. */
  readonly asks: boolean;
  readonly wish: IsolationWish;
  readonly #home: NodeId | undefined;

  /** @param home the node whose owner this client is. @throws {SkeinError} `OPTION_INVALID` */
  constructor(wish: IsolationWish, home: NodeId | undefined) {
    checkIsolation(wish);
    const { isolation, allow } = wish;
    this.wish = { ...(isolation === undefined ? {} : { isolation }), ...(allow === undefined ? {} : { allow }) };
    this.asks = isolation !== undefined || allow !== undefined;
    this.#home = home;
  }

  /** Why the node can't run the job's code; `undefined` when it can. */
  lack({ id, isolation, allow }: Pick<NodeInfo, "id" | "isolation" | "allow">): string | undefined {
    return this.asks ? isolationLack(this.wish, { isolation, allow }, id === this.#home) : undefined;
  }

  /** @throws {SkeinError} `ISOLATION_FORBIDS` when there are nodes, and none of them gives what the job asks for */
  check(nodes: readonly NodeInfo[]): void {
    if (!this.asks || nodes.length === 0) return;
    const lacks = nodes.map((node) => ({ name: node.name, lack: this.lack(node) }));
    if (lacks.some(({ lack }) => lack === undefined)) return;
    const told = lacks.slice(0, NAMED_LIMIT).map(({ name, lack }) => `${name}: ${lack}`);
    const more = lacks.length > NAMED_LIMIT ? `; and ${lacks.length - NAMED_LIMIT} more` : "";
    throw new SkeinError("ISOLATION_FORBIDS", `no node takes this job: ${told.join("; ")}${more}`, {
      hint: "ask for less in openJob, or start a node with --isolation and --allow for it",
    });
  }

  /** What one task needs must be among what its job asks for. @throws {SkeinError} `ISOLATION_FORBIDS` */
  checkNeeds(needs: Allow): void {
    const lack = allowLack(needs, this.wish.allow ?? {});
    if (lack === undefined) return;
    throw new SkeinError("ISOLATION_FORBIDS", `the task needs ${lack}, which its job does not ask for`, {
      hint: "name it in openJob({ allow }) too: servers are started with what their job asks for",
    });
  }
}
