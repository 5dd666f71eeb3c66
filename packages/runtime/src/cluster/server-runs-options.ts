/** What the tasks of a lease need of the server process that runs them. */
import { type Runtime } from "../task/runtime.ts";
import { type NewsBox } from "./news-box.ts";
import { type ServerCode } from "./server-code.ts";
import { type ServerTask } from "./server-task.ts";
import { type TaskTracing } from "./tracing.ts";
import { type Begin } from "./words.ts";

export interface ServerRunsOptions {
  readonly runtime: Runtime;
  readonly code: ServerCode;
  readonly news: NewsBox;
  readonly begin: Begin;
  /** What its tasks are. */
  readonly Task: typeof ServerTask;
  readonly onReport: (beforeWork: "short" | "long" | undefined) => void;
  /** Says more in an error of a task, in place, where its host knows more. */
  readonly explain?: ((error: Error) => void) | undefined;
  /** A task begins, and nothing else runs. */
  readonly onBegin?: (() => void) | undefined;
  /** Makes traces of tasks whose client does. */
  readonly tracing?: TaskTracing | undefined;
}
