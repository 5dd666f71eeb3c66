/** What workers of poolifier run. */
import { ThreadWorker } from "poolifier";
import { addOne, addOneToEach } from "./pool-work.ts";

const functions = {
  addOne: (n?: number) => addOne(n ?? 0),
  addOneToEach: (items?: number[]) => addOneToEach(items ?? []),
};
// poolifier looks for a worker file's default export.
// oxlint-disable-next-line import/no-default-export
export default new ThreadWorker<number & number[], number | number[]>(functions);
