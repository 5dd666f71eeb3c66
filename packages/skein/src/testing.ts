/** What `skein/testing` is: all that the package below exports, by name. */

export {
  type CodeTable,
  type CrashOptions,
  type LinkCase,
  linkContract,
  type LinkPair,
  type PeerProgram,
  simulate,
  type SimulatedNetwork,
  type SimulatedPeer,
  type SimulatedPeerOptions,
  type SimulatedTask,
  type SimulateOptions,
  VirtualClock,
  type VirtualOptions,
  virtualPlatform,
  type VirtualPlatform,
  type VirtualTimer,
  type World,
} from "@skein/runtime/testing";
