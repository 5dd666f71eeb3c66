/** A logger that says of which task an event is. */
import type { TaskCell } from "./cell.ts";
import type { LogFields, Logger } from "../logger.ts";

/** That of the nearest task above it that was given one of its own, when it was started for others; else its runtime's. */
export function inheritedLogger(cell: TaskCell): Logger {
  for (let above = cell.parent; above !== undefined; above = above.parent) {
    const { ownLogger } = above;
    if (ownLogger !== undefined) return ownLogger;
  }
  return taskLogger(cell.engine.logger, cell);
}

export function taskLogger(logger: Logger, task: { readonly name: string }): Logger {
  const withTask = (fields?: LogFields): LogFields => ({ task: task.name, ...fields });
  return {
    debug: (event, fields) => logger.debug(event, withTask(fields)),
    info: (event, fields) => logger.info(event, withTask(fields)),
    warn: (event, fields) => logger.warn(event, withTask(fields)),
    error: (event, fields) => logger.error(event, withTask(fields)),
  };
}
