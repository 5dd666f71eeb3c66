/** What `skein/testing` is: all that the package below exports, by name. */

export {
  type LinkCase,
  linkContract,
  type LinkPair,
  VirtualClock,
  type VirtualOptions,
  virtualPlatform,
  type VirtualPlatform,
  type VirtualTimer,
} from "@skein/runtime/testing";
