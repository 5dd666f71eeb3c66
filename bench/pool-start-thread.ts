/** What workers of poolifier run in `pool-start`. */
import { ThreadWorker } from "poolifier";

// poolifier looks for a worker file's default export.
// oxlint-disable-next-line import/no-default-export
export default new ThreadWorker<number, number>({ addOne: (n?: number) => (n ?? 0) + 1 });
