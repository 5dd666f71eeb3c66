/** What a task on a server says beside its result: values it emits, and log entries. */
import { type Endpoint } from "../contracts/endpoint.ts";
import { type Operation } from "../contracts/operation.ts";
import { SkeinError } from "../errors.ts";
import { type TaskId } from "../ids.ts";
import { type LogFields, type Logger, type LogLevel } from "../logger.ts";
import { Emitter } from "../message/emitter.ts";
import { completed } from "../task/deferred.ts";
import { type Engine } from "../task/engine.ts";
import { type RunLog } from "./words.ts";

/** `task.emit` of a task that its client reads: values go to it, as fast as it takes them. */
export function emitTo(engine: Engine, client: Endpoint, task: TaskId): Emitter["emit"] {
  return new Emitter(engine, (value) => {
    const { router } = engine;
    if (router === undefined)
      throw new SkeinError("RUNTIME_CLOSED", "this server is closed", { hint: "nothing to do" });
    return router.request(client, { type: "service.emit", task, value });
  }).emit;
}

/** `task.emit` of a task that nobody reads. */
export const emitToNobody = (): Operation<void> => completed;

/** A logger whose words reach the client as events of a task, or of its server. */
export function runLogger(tell: (log: RunLog) => void): Logger {
  const at =
    (level: LogLevel) =>
    (text: string, fields?: LogFields): void =>
      tell(fields === undefined ? { level, text } : { level, text, fields });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
