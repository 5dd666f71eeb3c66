/** The pool's half for host packages. Loaded with the first pool, so that programs without one don't pay for it. */
export { StackMaps } from "./cluster/stack-maps.ts";
export { OpenPool } from "./pool/open-pool.ts";
export { type FunctionPlace, type PoolHost } from "./pool/pool.ts";
export { type PoolPlace } from "./pool/staff.ts";
export { type PoolProcess } from "./pool/lane.ts";
