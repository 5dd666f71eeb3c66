/** What a piscina worker runs in `job-run`. */
import { addOne } from "./trivial-tasks.ts";

// piscina calls a worker file's default export.
// oxlint-disable-next-line import/no-default-export
export default addOne;
