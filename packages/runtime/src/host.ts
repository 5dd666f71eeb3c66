/** What host packages need beside the public names: the platform and the seams of the layers. Not for applications. */
export {
  installPlatform,
  installedPlatform,
  type KeyPair,
  type NetworkParts,
  type Platform,
  type TimerHandle,
} from "./platform.ts";
