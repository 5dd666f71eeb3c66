/** Runs a job's set-up function in a server process, once, and keeps what it returned for the tasks that come. */
import { type Endpoint } from "../contracts/endpoint.ts";
import { type Exit } from "../contracts/exit.ts";
import { type Procedures } from "../contracts/procedures.ts";
import { errorFrom } from "../errors.ts";
import { type Logger } from "../logger.ts";
import { type Runtime } from "../task/runtime.ts";
import { startTask } from "../task/task-context.ts";
import { emitToNobody } from "./run-voice.ts";
import { type ServerCode } from "./server-code.ts";
import { ServerTask } from "./server-task.ts";
import { type SetupExit, type SetupRun } from "./setup-words.ts";

export interface ServerSetupOptions {
  readonly runtime: Runtime;
  readonly procedures: Procedures;
  readonly code: ServerCode;
  /** Who may cancel it. */
  readonly owner: Endpoint;
  /** What its task is. */
  readonly Task: typeof ServerTask;
  readonly logger: Logger;
  /** Before it and, when it has ended well, after it: that hands on the files it wrote. */
  readonly before: () => PromiseLike<void>;
  readonly after: () => PromiseLike<void>;
}

export class ServerSetup {
  readonly #options: ServerSetupOptions;
  #running: Promise<SetupExit> | undefined;
  /** Which one runs or has run. */
  #what = "";
  #value: unknown;

  constructor(options: ServerSetupOptions) {
    this.#options = options;
  }

  /** What it returned; before that, and without one, `undefined`. */
  get value(): unknown {
    return this.#value;
  }

  /** What it returned, once it has; `undefined` when none was asked for. */
  async result(): Promise<unknown> {
    await this.#running;
    return this.#value;
  }

  /** Runs it; asked again, it gives how it ended. */
  run(words: SetupRun): Promise<SetupExit> {
    const { code, fn, node } = words;
    const what = `${code} ${fn} ${node ?? 0}`;
    if (this.#running === undefined || what !== this.#what) this.#running = this.#run(words);
    this.#what = what;
    return this.#running;
  }

  async #run({ code: digest, fn, args, node }: SetupRun): Promise<SetupExit> {
    const { runtime, procedures, code, owner, Task: Cell, logger, before, after } = this.#options;
    try {
      await code.load(digest);
      const given =
        node === undefined
          ? args
          : [await procedures.call({ peer: procedures.self.peer, server: node }, "server.result", undefined), ...args];
      await before();
      const task = startTask(runtime.engine, undefined, code.function(digest, fn), given, {
        name: fn,
        owner,
        Cell,
      });
      if (task instanceof ServerTask) task.own = { client: undefined, emit: emitToNobody, log: logger };
      const exit = await new Promise<Exit<unknown>>((resolve) => void task.skeinWatch(resolve));
      if (exit.type !== "returned") return exit;
      await after();
      this.#value = exit.value;
      return { type: "returned", value: undefined };
    } catch (error) {
      return { type: "failed", error: errorFrom(error) };
    }
  }
}
