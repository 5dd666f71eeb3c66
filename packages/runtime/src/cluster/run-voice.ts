/** What a task on a server says beside its result: values it emits, and log entries. */
import { type Endpoint } from "../contracts/endpoint.ts";
import { type Operation } from "../contracts/operation.ts";
import { SkeinError } from "../errors.ts";
import { type TaskId } from "../ids.ts";
import { type LogFields, type Logger, type LogLevel } from "../logger.ts";
import { Emitter } from "../message/emitter.ts";
import { completed } from "../task/deferred.ts";
import { type Engine } from "../task/engine.ts";
import { type RunLog, type RunOne } from "./words.ts";

/** What a run gives its task to say; each is made when it is first used. */
export class RunVoice {
  readonly #run: RunOne;
  readonly #to: { readonly engine: Engine; readonly client: Endpoint };
  readonly #tell: (log: RunLog) => void;
  #log: Logger | undefined;
  #emit: Emitter["emit"] | undefined;

  constructor(run: RunOne, to: { readonly engine: Engine; readonly client: Endpoint }, tell: (log: RunLog) => void) {
    this.#run = run;
    this.#to = to;
    this.#tell = tell;
  }

  /** The task that its client named. */
  get client(): unknown {
    return this.#run.client;
  }

  get log(): Logger {
    const { serial } = this.#run;
    this.#log ??= runLogger((log) => this.#tell({ serial, ...log }));
    return this.#log;
  }

  /** Values go to its client, as fast as that takes them, where it reads them. */
  get emit(): Emitter["emit"] {
    const { engine, client } = this.#to;
    this.#emit ??= this.#run.streams === true ? emitTo(engine, client, this.#run.task) : emitToNobody;
    return this.#emit;
  }
}

function emitTo(engine: Engine, client: Endpoint, task: TaskId): Emitter["emit"] {
  return new Emitter(engine, (value) => {
    const { router } = engine;
    if (router === undefined)
      throw new SkeinError("RUNTIME_CLOSED", "this server is closed", { hint: "nothing to do" });
    return router.request(client, { type: "service.emit", task, value });
  }).emit;
}

export const emitToNobody = (): Operation<void> => completed;

/** A logger whose words reach the client as events of a task, or of its server. */
export function runLogger(tell: (log: RunLog) => void): Logger {
  const at =
    (level: LogLevel) =>
    (text: string, fields?: LogFields): void =>
      tell(fields === undefined ? { level, text } : { level, text, fields });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
