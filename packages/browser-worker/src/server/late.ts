/** What few tasks use of skein: in the join page a part of its own, which a server gets for code that names it. */
export {
  Barrier,
  Condition,
  executor,
  fromWebStream,
  Latch,
  Mutex,
  pipe,
  supervise,
  toWebStream,
} from "@skein/runtime";
export { offload } from "../offload/offload.ts";
