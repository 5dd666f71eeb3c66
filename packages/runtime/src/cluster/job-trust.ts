/** What a job does with results that come from tabs: takes them, has them checked or done again, or wants no more of the tab. */
import { type Exit } from "../contracts/exit.ts";
import { errorFrom, isSkeinError, SkeinError } from "../errors.ts";
import { type NodeId, type TaskId } from "../ids.ts";
import { type NodeInfo, type TabLack } from "./contracts.ts";
import { nodeOf } from "./job-places.ts";
import { type JobTrustOptions } from "./job-trust-options.ts";
import { type Want } from "./want.ts";
import { type Lease } from "./lease.ts";
import { type Run } from "./run.ts";
import { type ExitedAt } from "./run-words.ts";
import {
  type Answer,
  createTrustState,
  isDisputed,
  isDistrusted,
  judge,
  remembers,
  type TrustAction,
} from "./trust.ts";
import { sameAnswer, sameValue } from "./trust-answers.ts";
import { type Doubt, TrustDoubts } from "./trust-doubts.ts";

type AskTab = Extract<TrustAction, { readonly type: "again"; readonly on: "tab" }>;

/** A task whose result was taken unchecked, with what it takes to do it again. */
interface Kept {
  readonly run: Run;
  readonly args: readonly unknown[];
}

interface CannotRun {
  readonly error: SkeinError;
  readonly lacks: readonly TabLack[];
}

export class JobTrust {
  readonly #options: JobTrustOptions;
  readonly #state: ReturnType<typeof createTrustState>;
  /** Runs that wait for the answer of another tab. */
  readonly #asks = new Map<Run, AskTab>();
  readonly #kept = new Map<TaskId, Kept>();
  /** Tabs of which the job wants nothing any more, and why. */
  readonly #dropped = new Map<NodeId, string>();
  /** Runs that do earlier ones again. */
  readonly #redoes = new Map<Run, Run>();
  readonly #doubts: TrustDoubts;

  constructor(options: JobTrustOptions) {
    const { trust, equal, logger, redo } = options;
    this.#options = options;
    const same = (a: unknown, b: unknown): boolean =>
      equal === undefined ? sameValue(a, b) : this.#says("equal", () => equal(a, b));
    this.#state = createTrustState(trust ?? "probation", (a, b) => sameAnswer(a, b, same), trust === undefined);
    this.#doubts = new TrustDoubts({ logger, redo, same: this.#state.same });
  }

  /**
   * Sets how a new run's results are judged. @returns where it may run only
   * @throws {SkeinError} `OPTION_INVALID`, `NO_PLACE` for a tab of which the job wants nothing
   */
  prepare(run: Run, streams: boolean): Want["on"] {
    const { trust } = this.#options;
    const isAny = trust === "any" || (trust === undefined && !run.what.plain);
    run.judged = run.kind === "cpu" && !streams && !isAny;
    const tab = this.#tabNamed(run);
    if (tab !== undefined && trust === "servers-only") throw notHere(run, 'the job\'s trust is "servers-only"');
    if (tab === "tab") return "tab";
    const why = tab === undefined ? undefined : this.#dropped.get(tab);
    if (why !== undefined && run.judged) return "node";
    if (why !== undefined) throw dropped(run, why);
    if (tab === undefined && this.#doubts.isNotForTabs(run) && this.#options.wants.nodes.hasNode(run.options))
      return "node";
    // What it gives on its way can't be taken back.
    return streams && run.kind === "cpu" && trust !== undefined && trust !== "any" ? "node" : undefined;
  }

  /** Whether the end of an attempt is a matter of trust: then what becomes of the run is decided here. */
  exited(run: Run, lease: Lease<Run>, exit: Exit<unknown>, at: ExitedAt): boolean {
    const original = this.#redoes.get(run);
    if (original !== undefined) this.#redone(original, exit, lease);
    const isSecond = (exit.type === "returned" || exit.type === "failed") && this.#cleared(run, lease, exit);
    if (original !== undefined || isSecond || (!lease.tab && !run.doubted)) return false;
    if (run.state === "ended" || run.cancelling || exit.type === "cancelled" || exit.type === "lost") return false;
    if (lease.tab && exit.type === "failed" && isSkeinError(exit.error, "CODE_NOT_BUNDLABLE")) {
      // Only where its client knows that too; otherwise it is a result like others.
      const lacks = this.#options.lacksOf(run.what.code);
      if (lacks.length > 0) return this.#cannotRun(run, lease, { error: exit.error, lacks });
      if (run.judged && this.#leftOut(run, lease, exit.error)) return true;
    }
    const verified = lease.tab && exit.type === "returned" ? this.#verdict(run, exit.value) : undefined;
    if ((!run.judged || this.#doubts.isNotChecked(run)) && verified !== false) return false;
    // The node's word is the result; what that says of the tab is seen when it has said it twice.
    const isDoubt = !lease.tab && isDisputed(this.#state, run.id, exit);
    if (isDoubt && this.#doubts.begin({ run, answer: exit, node: lease.server.peer, at })) return false;
    this.#judge(run, lease, exit, at, verified);
    return true;
  }

  /** It has ended, however. */
  ended(run: Run): void {
    this.#asks.delete(run);
    const original = this.#redoes.get(run);
    this.#redoes.delete(run);
    // A second run that was cancelled, or lost, says nothing.
    const doubt = this.#doubts.ended(run, undefined)?.doubt.run;
    const over = original ?? doubt ?? run;
    if (over !== run || (run.doubted && !this.#doubts.has(run))) judge(this.#state, { type: "ended", task: over.id });
  }

  /** A tab gave these back before they ran. */
  withdrawn(tab: NodeId): void {
    const why = this.#dropped.get(tab);
    if (why !== undefined) this.#sendAway(tab, why);
  }

  /** The tab that it names, or "tab" for any. */
  #tabNamed({ options: { at } }: Run): NodeId | "tab" | undefined {
    if (at === undefined) return undefined;
    if (at === "tab") return "tab";
    const node = nodeOf(at);
    return this.#dropped.has(node) || this.#options.wants.nodes.info(node)?.kind === "tab" ? node : undefined;
  }

  /** Nodes have come or gone: who waits for the answer of a tab may get it elsewhere. */
  look(): void {
    const { wants, move } = this.#options;
    for (const [run, action] of this.#asks) {
      const { want } = run;
      if (run.state !== "queued" || want === undefined) continue;
      if (want.node !== undefined && this.#isThere(want.node)) continue;
      const other = this.#asked(run, action);
      const next = other === undefined ? wants.of(run.options, "node") : wants.of({ ...run.options, at: other.id });
      if (next !== want) move(run, next);
    }
  }

  #judge(run: Run, lease: Lease<Run>, answer: Answer, at: ExitedAt, verified: boolean | undefined): void {
    const { platform, wants } = this.#options;
    const { peer: node } = lease.server;
    const actions = judge(this.#state, {
      type: "answered",
      task: run.id,
      from: { node, own: !lease.tab, network: wants.nodes.info(node)?.network },
      answer,
      draw: platform.random(),
      verified,
      servers: wants.nodes.hasNode(run.options),
      bytes: lease.tab ? run.argsBytes + this.#bytesOf(answer) : 0,
    });
    this.#perform(actions, { run, node, at });
  }

  #perform(actions: readonly TrustAction[], { run, node, at }: Omit<Doubt, "answer">): void {
    const { end } = this.#options;
    const { args } = run;
    for (const action of actions) {
      if (action.type === "accept") {
        if (remembers(this.#state, node, run.id)) this.#kept.set(run.id, { run, args });
        end(run, action.answer, at);
      } else if (action.type === "again") this.#again(run, action, node);
      else if (action.type === "distrust") this.#distrust(action.node, `its result of ${run.name} was wrong`);
      else if (action.type === "forget") this.#kept.delete(action.task);
      else if (action.type === "redo") this.#redo(action.task);
    }
  }

  #again(run: Run, action: TrustAction & { readonly type: "again" }, tab: NodeId): void {
    const { again, wants, end } = this.#options;
    if (action.on === "tab") this.#asks.set(run, action);
    else this.#asks.delete(run);
    // What only tabs can do runs at another one, as its own want says.
    if (!run.judged && (run.want === undefined || run.want.node === tab)) {
      end(run, { type: "failed", error: dropped(run, "it refused the result") }, undefined);
      return;
    }
    run.doubted = true;
    run.attempt += 1;
    try {
      const other = action.on === "tab" ? this.#asked(run, action) : undefined;
      const elsewhere = (): Want =>
        other === undefined ? wants.of(run.options, "node") : wants.of({ ...run.options, at: other.id });
      again(run, run.judged ? elsewhere() : (run.want ?? elsewhere()));
    } catch (error) {
      end(run, { type: "failed", error: errorFrom(error) }, undefined);
    }
  }

  /** A tab that has nothing to do with those that were asked: one of those that do least. */
  #asked(run: Run, { notNodes, notNetworks }: AskTab): NodeInfo | undefined {
    const { platform, wants, book } = this.#options;
    const loadOf = ({ id }: NodeInfo): number =>
      book()
        .at(id)
        .reduce((sum, lease) => sum + lease.inFlight.size, 0);
    const others = wants.nodes.tabsFor(run.options).filter(({ id, network }) => {
      return !notNodes.includes(id) && !notNetworks.includes(network) && !isDistrusted(this.#state, id);
    });
    const least = Math.min(...others.map(loadOf));
    const idle = others.filter((tab) => loadOf(tab) === least);
    return idle[Math.floor(platform.random() * idle.length)];
  }

  #isThere(tab: NodeId): boolean {
    return this.#options.wants.nodes.info(tab) !== undefined && !isDistrusted(this.#state, tab);
  }

  /** Whether it did once more what a tab and a node had different results of; then that is decided. */
  #cleared(second: Run, lease: Lease<Run>, answer: Answer): boolean {
    const found = this.#doubts.ended(second, answer);
    if (found === undefined) return false;
    const { doubt, cleared } = found;
    const { run, node } = doubt;
    if (cleared === "same") {
      const from = { node, own: true };
      const event = { type: "answered", task: run.id, from, answer: doubt.answer, draw: 0, servers: true } as const;
      this.#perform(judge(this.#state, event), doubt);
      return true;
    }
    judge(this.#state, { type: "ended", task: run.id });
    if (this.#doubts.addNotChecked(run)) {
      const why = `two runs of ${run.name} at nodes gave different results, so those of tabs can't be checked and are taken`;
      const hint = 'make it deterministic, give the job `equal` or `verify`, or say trust: "any"';
      this.#options.warn(lease, "function.not-checked", { fn: run.name, why, hint });
    }
    return true;
  }

  /** It imports what tabs have not: nobody's fault, but no tab will do. Where there is nothing else, the task fails with that. */
  #cannotRun(run: Run, lease: Lease<Run>, { error, lacks }: CannotRun): boolean {
    const { again, warn } = this.#options;
    const want = run.options.at === undefined ? this.#atNodes(run) : undefined;
    if (want === undefined) return false;
    // It has begun, and may not bear to begin again.
    const hasBegun = !run.judged && lacks.every(({ dynamic }) => dynamic);
    this.#asks.delete(run);
    if (this.#doubts.addNotForTabs(run)) {
      warn(lease, "function.not-for-tabs", { fn: run.name, why: error.message });
      this.#keepFromTabs();
    }
    if (hasBegun) return false;
    run.attempt += 1;
    again(run, want);
    return true;
  }

  /** It can't run what others can, or says so: its browser may be too old. It gets no more, and is not called a liar. */
  #leftOut(run: Run, lease: Lease<Run>, error: SkeinError): boolean {
    const { again, wants } = this.#options;
    if (!wants.nodes.hasNode(run.options)) return false;
    this.#asks.delete(run);
    run.attempt += 1;
    again(run, wants.of(run.options, "node"));
    this.#distrust(lease.server.peer, `it can't run ${run.name}: ${error.message}`);
    return true;
  }

  /** What it wants of nodes only; `undefined`: none is there, or the job has too many places already. */
  #atNodes({ options }: Run): Want | undefined {
    const { wants } = this.#options;
    try {
      return wants.nodes.hasNode(options) ? wants.of(options, "node") : undefined;
    } catch {
      return undefined;
    }
  }

  #distrust(tab: NodeId, why: string): void {
    const { wants, drop, logger } = this.#options;
    const name = wants.nodes.info(tab)?.name ?? tab;
    logger.warn("tab.not-used", { node: tab, name, why });
    this.#dropped.set(tab, why);
    wants.distrust(tab, why);
    drop(tab, `the job uses tab ${name} no more: ${why}`);
    this.look();
    this.#sendAway(tab, why);
  }

  /** What waits and can't run at a tab waits for a node. */
  #keepFromTabs(): void {
    const { wants, move } = this.#options;
    for (const want of wants.all) {
      if (want.node !== undefined || want.on !== undefined) continue;
      const waiting = [...want.queue].filter((run) => run.state === "queued" && this.#doubts.isNotForTabs(run));
      const [first] = waiting;
      const other = first === undefined ? undefined : this.#atNodes(first);
      if (other === undefined) continue;
      for (const run of waiting.toReversed()) if (run.want === want) move(run, other);
    }
  }

  /** What waits for that tab by name runs at a node, where it may. */
  #sendAway(tab: NodeId, why: string): void {
    const { wants, move, end } = this.#options;
    const waiting = wants.all.flatMap((want) =>
      want.node === tab ? [...want.queue].filter((run) => run.want === want && run.state === "queued") : [],
    );
    for (const run of waiting) {
      if (run.judged) move(run, wants.of(run.options, "node"));
      else end(run, { type: "failed", error: dropped(run, why) }, undefined);
    }
  }

  #redo(task: TaskId): void {
    const kept = this.#kept.get(task);
    this.#kept.delete(task);
    if (kept === undefined || this.#doubts.isNotChecked(kept.run)) return;
    try {
      this.#redoes.set(this.#options.redo(kept.run, kept.args), kept.run);
    } catch (error) {
      this.#options.logger.warn("task.not-redone", { task, fn: kept.run.name, error: errorFrom(error).message });
    }
  }

  #redone(original: Run, exit: Exit<unknown>, lease: Lease<Run>): void {
    if (exit.type === "cancelled" || exit.type === "lost") return;
    for (const action of judge(this.#state, { type: "redone", task: original.id, answer: exit })) {
      if (action.type !== "correct") continue;
      original.correct(action.answer);
      this.#options.corrected(original, lease);
    }
  }

  #verdict({ args, name }: Run, value: unknown): boolean | undefined {
    const { verify } = this.#options;
    return verify === undefined ? undefined : this.#says("verify", () => verify(args, value, name));
  }

  /** A value that was made up may be such that it makes a program's own function throw. */
  #says(what: "verify" | "equal", ask: () => boolean): boolean {
    try {
      return ask();
    } catch (error) {
      this.#options.logger.warn("trust.threw", { what, error: errorFrom(error).message });
      return false;
    }
  }

  /** Infinity for what can't travel: it is not remembered. */
  #bytesOf(answer: Answer): number {
    try {
      return answer.type === "returned" ? this.#options.check(answer.value) : 0;
    } catch {
      return Infinity;
    }
  }
}

const dropped = (run: Run, why: string): SkeinError =>
  new SkeinError("NO_PLACE", `task ${run.name} names a tab of which its job wants nothing any more: ${why}`, {
    hint: "leave out at, so that it can run elsewhere",
  });

const notHere = (run: Run, why: string): SkeinError =>
  new SkeinError("OPTION_INVALID", `task ${run.name} can't run at a tab: ${why}`, {
    hint: "leave out at, or open the job with another trust",
  });
