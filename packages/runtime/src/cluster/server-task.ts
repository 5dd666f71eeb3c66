/** A client's task in a server process: besides what every task has, it finds there what its server and its run give it. */
import { type Operation } from "../contracts/operation.ts";
import { type Logger } from "../logger.ts";
import { ContextCell } from "../task/task-context.ts";

/** What a run gives its task. */
export interface OwnTools {
  readonly client: unknown;
  readonly emit: (value: unknown) => Operation<void>;
  readonly log: Logger;
}

/** Tasks are many: what is the same for all of a server stands once, beside the methods, and costs a task nothing. */
export class ServerTask extends ContextCell {
  /** Set before its first step. */
  own: OwnTools | undefined = undefined;

  override get ownLogger(): Logger | undefined {
    return this.own?.log;
  }

  override get log(): Logger {
    return this.own?.log ?? super.log;
  }
}

/** Makes the class of a server's tasks. `state` is what `serverSetup` returned there. */
export function serverTaskClass(tools: Readonly<Record<string, unknown>>, state: () => unknown): typeof ServerTask {
  const Class = class extends ServerTask {};
  for (const [name, value] of Object.entries(tools)) void Object.defineProperty(Class.prototype, name, { value });
  void Object.defineProperties(Class.prototype, {
    state: { get: state },
    client: { get: ownClient },
    emit: { get: ownEmit },
  });
  return Class;
}

function ownClient(this: ServerTask): unknown {
  return this.own?.client;
}

function ownEmit(this: ServerTask): unknown {
  return this.own?.emit;
}
