/** A server process: belongs to one client's job at a time, and runs its tasks. */
import { type Endpoint, sameEndpoint } from "../contracts/endpoint.ts";
import { type Caller, type Procedures } from "../contracts/procedures.ts";
import { EVENT_BATCH_MS } from "../defaults.ts";
import { SkeinError } from "../errors.ts";
import { type CodeDigest, type TaskId } from "../ids.ts";
import { type Logger, silentLogger } from "../logger.ts";
import { type TimerHandle } from "../platform.ts";
import { type Bulk } from "../peer/bulk.ts";
import { handleServerActs } from "../peer/place-acts.ts";
import { bookedLogger } from "../task/log-book.ts";
import { type Runtime } from "../task/runtime.ts";
import { type EarlyCancel } from "./contracts.ts";
import { parseUpgradeRun } from "./act-schemas.ts";
import { NewsBox } from "./news-box.ts";
import { parsePlaceTopics } from "./watch-words.ts";
import { PlaceObserver } from "./place-observer.ts";
import {
  parseAskState,
  parseBegin,
  parseCancelRun,
  parseHeard,
  parseLoad,
  parseRun,
  parseWithdraw,
} from "./schemas.ts";
import { type ImportCode, ServerCode } from "./server-code.ts";
import { POOL_CODE, poolExports } from "./server-pool.ts";
import { runLogger } from "./run-voice.ts";
import { ServerRuns } from "./server-runs.ts";
import { upgradeRun } from "./server-upgrade.ts";
import { serverTaskClass } from "./server-task.ts";
import { ServerSetup } from "./server-setup.ts";
import { JobServerFiles } from "./server-files.ts";
import { parseSetupRun } from "./setup-words.ts";
import { registerExports } from "./shipped-classes.ts";
import { type AskAbility } from "./task-io.ts";
import { type ServerPlaces, taskTools } from "./task-tools.ts";
import { type TaskTracing } from "./tracing.ts";
import { type Begin, NOTHING_DONE, type ServerState } from "./words.ts";

export interface ServerOptions {
  readonly runtime: Runtime;
  /** Speaks through the node. */
  readonly procedures: Procedures;
  readonly bulk: Bulk;
  /** Its folders, where its host has such. */
  readonly places?: ServerPlaces;
  /** Imports a bundle from the node's code store. */
  readonly importCode: ImportCode;
  /** Says more in an error of a task, in place, where the host knows more. */
  readonly explain?: (error: Error) => void;
  /** A task begins, and nothing else runs: what the process prints from now on may be its last words. */
  readonly onBegin?: () => void;
  /** Makes traces of tasks whose client does. Default: none. */
  readonly tracing?: TaskTracing;
  /** The next cancel that the node told beside the link, if there is one: asked by each `task.checkpoint()`. */
  readonly nextCancel?: () => EarlyCancel | undefined;
  /** Asks the page it runs in for what that grants. Default: it is in none. */
  readonly askAbility?: AskAbility;
  readonly logger?: Logger;
}

export interface ServerShell {
  /** Resolves when the node knows that this server is ready; rejects when the node can't be told. */
  readonly ready: Promise<void>;
  /** The task that runs at this moment, where that is known: whose it is what the process prints. */
  speaker(): TaskId | undefined;
  /** Takes no more work. Twice does nothing. */
  close(): void;
}

/**
 * Starts the server side of a process that a node started, and tells the node.
 *
 * @example
 * const server = startServer({ runtime, procedures, importCode: (digest) => import(codeStore.urlOf(digest)) });
 */
export function startServer(options: ServerOptions): ServerShell {
  return new Server(options);
}

interface Owner {
  readonly begin: Begin;
  readonly runs: ServerRuns;
  readonly setup: ServerSetup;
}

class Server implements ServerShell {
  readonly ready: Promise<void>;
  readonly #options: ServerOptions;
  readonly #logger: Logger;
  readonly #node: Endpoint;
  readonly #code: ServerCode;
  readonly #handles: Disposable[] = [];
  readonly #observer: PlaceObserver;
  #owner: Owner | undefined;
  #timer: TimerHandle = undefined;
  #reportedMs = -Infinity;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#logger = bookedLogger(options.runtime.engine, options.logger ?? silentLogger);
    this.#code = new ServerCode(options.importCode, (exports) => registerExports(options.runtime, exports));
    const { procedures, explain } = options;
    this.#code.has(POOL_CODE, poolExports({ platform: options.runtime.platform, code: this.#code, explain }));
    this.#node = { peer: procedures.self.peer, server: 0 };
    this.#observer = new PlaceObserver({
      procedures,
      logger: this.#logger,
      source: {
        engine: options.runtime.engine,
        self: procedures.self,
        bundles: () => this.#code.list(this.#owner === undefined ? [] : [this.#owner.begin.job]),
        runOf: (task) => {
          const run = this.#owner?.runs.runs().find((one) => one.task === task);
          return run && this.#owner && { attempt: run.attempt, job: this.#owner.begin.job };
        },
      },
    });
    this.#handles.push(
      procedures.handle("server.begin", { parse: parseBegin }, (begin, caller) => this.#begin(begin, caller)),
      procedures.handle("server.report", { parse: () => undefined }, (_, { endpoint }) => {
        if (!sameEndpoint(endpoint, this.#node)) throw forbidden("a server reports to its node");
        return this.#owner?.runs.report() ?? NOTHING_DONE;
      }),
      procedures.handle("place.topics", { parse: parsePlaceTopics }, ({ topics, fresh, to }, { endpoint }) => {
        if (to !== undefined && sameEndpoint(endpoint, this.#node)) this.#observer.look(to, topics, fresh);
      }),
      procedures.handle("server.end", { parse: () => undefined }, (_, { endpoint }) => {
        if (!sameEndpoint(endpoint, this.#node)) throw forbidden("a lease is ended by the node");
        this.#owner?.runs.end();
        return this.#owner?.runs.report() ?? NOTHING_DONE;
      }),
      procedures.handle("server.setup", { parse: parseSetupRun }, (words, caller) =>
        this.#ownerFor(caller, words.lease)?.setup.run(words),
      ),
      // Its node lets nobody through but processes of the same job.
      procedures.handle("server.result", { parse: () => undefined }, (_, { endpoint }) => {
        if (endpoint.peer !== this.#node.peer) throw forbidden("a set-up's result is for its own node");
        return this.#owner?.setup.result();
      }),
      procedures.handle("server.load", { parse: parseLoad }, ({ digests }, caller) => {
        this.#runsOf(caller);
        return this.#load(digests);
      }),
      procedures.handle("server.run", { parse: parseRun, partly: true }, ({ lease, runs, heard = [] }, caller) => {
        const own = this.#runsOf(caller, lease);
        own?.heard(heard);
        own?.run(runs, caller.partly);
      }),
      procedures.handle("server.heard", { parse: parseHeard }, ({ lease, serials }, caller) =>
        this.#runsOf(caller, lease)?.heard(serials),
      ),
      procedures.handle("server.state", { parse: parseAskState }, ({ lease, serials }, caller): ServerState => {
        return this.#runsOf(caller, lease)?.state(serials) ?? { received: 0, open: [] };
      }),
      procedures.handle("server.cancel", { parse: parseCancelRun }, (cancel, caller) =>
        this.#runsOf(caller, cancel.lease)?.cancel(cancel),
      ),
      handleServerActs(procedures, options.runtime.engine),
      procedures.handle("server.upgrade", { parse: parseUpgradeRun }, (upgrade, caller) =>
        upgradeRun(this.#code, upgrade, this.#runsOf(caller, upgrade.lease)?.entries ?? new Map()),
      ),
      procedures.handle("server.withdraw", { parse: parseWithdraw }, ({ lease, serials }, caller) =>
        this.#runsOf(caller, lease)?.withdraw(serials),
      ),
    );
    this.ready = this.#sayReady();
  }

  close(): void {
    this.#observer.close();
    for (const handle of this.#handles) handle[Symbol.dispose]();
    if (this.#timer !== undefined) this.#options.runtime.platform.stopTimer(this.#timer);
    this.#timer = undefined;
  }

  speaker(): TaskId | undefined {
    return this.#owner?.runs.speaker();
  }

  async #sayReady(): Promise<void> {
    await this.#options.procedures.call(this.#node, "node.server.ready", undefined);
  }

  async #load(digests: readonly CodeDigest[]): Promise<void> {
    await Promise.all(digests.map(async (digest) => await this.#code.load(digest)));
  }

  #begin(begin: Begin, { endpoint }: Caller): void {
    if (!sameEndpoint(endpoint, this.#node)) throw forbidden("only its node may give a server to a job");
    const before = this.#owner;
    // A job gets its own process back, with its state.
    const again = before?.begin.job === begin.job && sameEndpoint(before.begin.client, begin.client);
    if (before !== undefined && !again) {
      throw forbidden("this process has served a job already; each job gets a fresh one");
    }
    this.#logger.info("server.begin", { job: begin.job, lease: begin.lease });
    const { runtime, procedures, nextCancel, places, bulk, askAbility } = this.#options;
    const news = new NewsBox(procedures, begin);
    const tools = taskTools({ runtime, procedures, bulk, places, begin });
    const files = new JobServerFiles({ runtime, procedures, bulk, places, job: begin.job });
    const first = (): ServerSetup =>
      new ServerSetup({
        runtime,
        procedures,
        code: this.#code,
        owner: begin.client,
        Task: serverTaskClass({ tools, state: () => undefined, askAbility }),
        logger: runLogger((log) => runs.log(log)),
        before: () => files.look(),
        after: () => files.sendNew(),
      });
    const setup = again && before !== undefined ? before.setup : first();
    const runs = new ServerRuns({
      runtime,
      code: this.#code,
      news,
      begin,
      Task: serverTaskClass({ tools, state: () => setup.value, askAbility }),
      onReport: (beforeWork) => this.#report(beforeWork),
      explain: this.#options.explain,
      onBegin: this.#options.onBegin,
      tracing: this.#options.tracing,
    });
    this.#owner = { begin, runs, setup };
    if (nextCancel === undefined) return;
    runtime.engine.poll = () => {
      for (let next = nextCancel(); next !== undefined; next = nextCancel())
        runs.cancel({ lease: begin.lease, ...next });
    };
  }

  /** The runs of the client that calls, if it is this server's and means this lease. */
  #runsOf(caller: Caller, lease?: Begin["lease"]): ServerRuns | undefined {
    return this.#ownerFor(caller, lease)?.runs;
  }

  #ownerFor({ endpoint }: Caller, lease?: Begin["lease"]): Owner | undefined {
    const owner = this.#owner;
    if (owner === undefined || !sameEndpoint(endpoint, owner.begin.client)) {
      throw forbidden("only the client that holds the lease may use a server");
    }
    return lease === undefined || lease === owner.begin.lease ? owner : undefined;
  }

  /** Soon. At once before work that may leave no turn to do so for long, and before any when the last one is old. */
  #report(beforeWork: "short" | "long" | undefined): void {
    const { platform } = this.#options.runtime;
    const due = beforeWork !== undefined && platform.now() - this.#reportedMs >= EVENT_BATCH_MS;
    if (due || beforeWork === "long") this.#reportNow();
    else this.#timer ??= platform.startTimer(EVENT_BATCH_MS, () => this.#reportNow());
  }

  #reportNow(): void {
    const { runtime, procedures } = this.#options;
    if (this.#timer !== undefined) runtime.platform.stopTimer(this.#timer);
    this.#timer = undefined;
    this.#reportedMs = runtime.platform.now();
    if (this.#owner !== undefined) procedures.notify(this.#node, "node.server.report", this.#owner.runs.report());
  }
}

function forbidden(message: string): SkeinError {
  return new SkeinError("ROLE_FORBIDS", message, { hint: "open a job; the scheduler grants servers" });
}
