/** The network of a platform: libp2p over what the host can do, loaded when the first peer starts. */
import { SkeinError } from "../errors.ts";
import type { Platform } from "../platform.ts";
import type { NetworkHost, NetworkHostOptions } from "./network.ts";

/** @throws {SkeinError} `RUNTIME_WRONG` when the platform has no network */
export function libp2pNetwork(platform: Platform): (options: NetworkHostOptions) => Promise<NetworkHost> {
  return async (options) => {
    const { network } = platform;
    if (network === undefined) {
      throw new SkeinError("RUNTIME_WRONG", "this platform has no network", {
        hint: "import skein, or give a network",
      });
    }
    const { tls, listen, discover, udpPorts } = options;
    const wishes = {
      listens: listen.length > 0,
      discovers: discover !== undefined,
      ...(tls === undefined ? {} : { tls }),
      ...(udpPorts === undefined ? {} : { udpPorts }),
    };
    // Loading libp2p takes a tenth of a second: programs that never leave their process don't pay for it.
    const [parts, { startLibp2pHost }] = await Promise.all([
      typeof network === "function" ? network(wishes) : network,
      import("./libp2p-host.ts"),
    ]);
    return startLibp2pHost(parts, options, platform);
  };
}
