/** The supervisors of a runtime, for those who look. */
import type { Engine } from "../task/engine.ts";
import type { TaskRef } from "../task/task-ref.ts";
import type { RestartTimes } from "./restart.ts";
import type { ChildSpec, SupervisorChildSpec, SupervisorSpec } from "./supervisor-spec.ts";

/** A supervisor that runs. */
export interface Supervision {
  readonly ref: TaskRef;
  readonly spec: SupervisorSpec;
  readonly children: readonly SupervisedChild[];
  /** When it restarted some. */
  times: RestartTimes;
  /** It is to end, and stops its children. */
  stopping: boolean;
}

/** One of its children. */
export interface SupervisedChild {
  readonly spec: ChildSpec | SupervisorChildSpec;
  /** Of its latest run; `undefined` while there is none. */
  readonly ref: TaskRef | undefined;
  /** It will not be started again. */
  readonly over: boolean;
  readonly starts: number;
}

/** The key of an engine's list of supervisors. */
export const supervisions = (_engine: Engine): Set<Supervision> => new Set();
