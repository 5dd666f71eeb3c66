/** The light half for programs that only run what they are sent: frames on a link, and the inside of a pool's worker. */
export type { Link } from "./contracts/link.ts";
export { LINK_CREDIT_BYTES } from "./defaults.ts";
export { FrameSplitter } from "./link/frame-splitter.ts";
export { Inbox, newSignal, type Signal } from "./link/inbox.ts";
export { type AnyFunction, PoolWorker, type PoolWorkerOptions } from "./pool/pool-worker.ts";
export { LENGTH_BYTES } from "./wire/frames.ts";
