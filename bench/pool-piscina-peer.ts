/** What workers of piscina and tinypool run: both take a worker file's exports. */
import { addOne, addOneToEach } from "./pool-work.ts";

export { addOneToEach };
// oxlint-disable-next-line import/no-default-export
export default addOne;
