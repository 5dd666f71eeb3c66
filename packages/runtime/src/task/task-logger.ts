/** A logger that says of which task an event is. */
import type { LogFields, Logger } from "../logger.ts";

export function taskLogger(logger: Logger, task: { readonly name: string }): Logger {
  const withTask = (fields?: LogFields): LogFields => ({ task: task.name, ...fields });
  return {
    debug: (event, fields) => logger.debug(event, withTask(fields)),
    info: (event, fields) => logger.info(event, withTask(fields)),
    warn: (event, fields) => logger.warn(event, withTask(fields)),
    error: (event, fields) => logger.error(event, withTask(fields)),
  };
}
