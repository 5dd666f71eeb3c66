/** What tests of programs use: a list of named exports. */
export { type CodeTable } from "./code-tables.ts";
export { linkContract, type LinkCase, type LinkPair } from "./link-contract.ts";
export { type SimulatedNetwork } from "./simulator/network-model.ts";
export { simulate } from "./simulator/simulate.ts";
export {
  type CrashOptions,
  type PeerProgram,
  type SimulatedPeer,
  type SimulatedPeerOptions,
  type SimulatedTask,
  type SimulateOptions,
  type World,
} from "./simulator/types.ts";
export {
  VirtualClock,
  type VirtualOptions,
  type VirtualPlatform,
  virtualPlatform,
  type VirtualTimer,
} from "./virtual-platform.ts";
