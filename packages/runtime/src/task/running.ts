/** Who runs at this moment. One holder for all runtimes: only one task of the process runs at a time. */
import type { Effect } from "../contracts/operation.ts";
import type { TaskCell } from "./cell.ts";
import type { Engine } from "./engine.ts";

interface Running {
  /** The generator task whose step runs. */
  cell: TaskCell | undefined;
  /** The engine whose turn runs; operations begun outside of any go to the default runtime's. */
  engine: Engine | undefined;
}

export const running: Running = { cell: undefined, engine: undefined };

// The brand exists in types only; this object is the one value that operations yield.
export const EFFECT: Effect = {} as Effect;
/** What an operation's iterator gives when its task has to wait. Shared: nobody may change it. */
export const PARK: IteratorYieldResult<Effect> = { done: false, value: EFFECT };
