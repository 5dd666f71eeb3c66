/** What tests of programs use: a list of named exports. */
export { linkContract, type LinkCase, type LinkPair } from "./link-contract.ts";
export {
  VirtualClock,
  type VirtualOptions,
  type VirtualPlatform,
  virtualPlatform,
  type VirtualTimer,
} from "./virtual-platform.ts";
