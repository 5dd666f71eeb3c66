/** A client's task in a server process: besides what every task has, it finds there what its server and its run give it. */
import { type Operation } from "../contracts/operation.ts";
import { type Logger } from "../logger.ts";
import { ContextCell } from "../task/task-context.ts";
import { taskIo } from "./ask-io.ts";
import { type AskAbility, type TaskIo } from "./task-io.ts";

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

export interface ServerTaskParts {
  /** The same for all of them. */
  readonly tools: Readonly<Record<string, unknown>>;
  /** What `serverSetup` returned there. */
  readonly state: () => unknown;
  /** Asks the page it runs in, where it runs in one. */
  readonly askAbility: AskAbility | undefined;
}

/** Makes the class of a server's tasks. */
export function serverTaskClass({ tools, state, askAbility }: ServerTaskParts): typeof ServerTask {
  const Class = class extends ServerTask {};
  const ios = new WeakMap<ServerTask, TaskIo>();
  const io = (task: ServerTask): TaskIo => {
    const own = ios.get(task) ?? taskIo(task, askAbility);
    ios.set(task, own);
    return own;
  };
  for (const [name, value] of Object.entries(tools)) void Object.defineProperty(Class.prototype, name, { value });
  void Object.defineProperties(Class.prototype, {
    state: { get: state },
    io: {
      get(this: ServerTask) {
        return io(this);
      },
    },
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
