/** Restarts a supervisor's child by hand, from outside: for operators. */
import type { Operation } from "../contracts/operation.ts";
import { SkeinError } from "../errors.ts";
import type { TaskId } from "../ids.ts";
import { Deferred } from "../task/deferred.ts";
import type { Engine } from "../task/engine.ts";
import { LocalRef } from "../task/task-ref.ts";
import { supervisions } from "./supervisors.ts";

/** What a supervisor is sent for it. */
export interface RestartNote {
  readonly type: "restart";
  /** The child's place among the others. */
  readonly child: number;
  /** Settled when it runs again, with those that its strategy restarts with it. */
  readonly done: Deferred<void>;
}

/**
 * Ends the child and starts it again; also one that has ended for good. Done when it is started.
 * @throws {SkeinError} `TASK_UNKNOWN` when no such supervisor runs here, `NAME_UNKNOWN` when it has no such child
 */
export function restartChild(engine: Engine, supervisor: TaskId, child: string): Operation<void> {
  const done = new Deferred<void>(`the restart of child ${child}`, engine).ignore();
  const supervision = [...engine.part(supervisions)].find(({ ref }) => ref.id === supervisor);
  const index = supervision?.children.findIndex(({ spec }) => spec.name === child) ?? -1;
  if (supervision === undefined) done.reject(gone(supervisor));
  else if (index < 0) {
    done.reject(
      new SkeinError("NAME_UNKNOWN", `the supervisor has no child ${child}`, {
        hint: `it has ${supervision.children.map(({ spec }) => spec.name).join(", ")}`,
      }),
    );
  } else {
    const { ref } = supervision;
    const note: RestartNote = { type: "restart", child: index, done };
    // It may end before it reads that. A supervisor shown here is one of this runtime.
    const ending = ref instanceof LocalRef ? ref.onEnd(() => done.reject(gone(supervisor))) : undefined;
    const settled = (): void => ending?.[Symbol.dispose]();
    done.then(settled, settled);
    // Its own notes are all that it takes.
    ref.send(note as never);
  }
  return done;
}

const gone = (supervisor: TaskId): SkeinError =>
  new SkeinError("TASK_UNKNOWN", `no supervisor ${supervisor} runs here`, { hint: "it may have ended" });
