/** A host that a pool reaches by ssh, as one of its places: connected with its first worker, and again when it was cut. */
import type { PoolPlace } from "@skein/runtime/host";
import type { SshAddress } from "../../ssh-address.ts";
import type { SshHost } from "./ssh-host.ts";

export interface SshPlaceOptions {
  /** How long connecting may take, all in all. */
  readonly timeoutMs: number;
  /** Where what functions print goes. */
  readonly output: "stdout" | "stderr";
}

export function sshPlace(address: SshAddress, options: SshPlaceOptions): PoolPlace {
  let host: Promise<SshHost> | undefined;
  let closed = false;
  let asked = address.workers !== undefined;

  const connect = async (over: () => void): Promise<SshHost> => {
    // Loaded with the first host: other pools don't need it.
    const { SshHost: parts } = await import("./ssh-host.ts");
    const connected = await parts.connect(address, options, over);
    if (closed) connected.close();
    else if (!asked) {
      asked = true;
      place.size = Math.max(0, place.size + connected.cores - 1);
    }
    return connected;
  };
  /** One connection for all workers; one that has failed, or was cut, is made anew. */
  const connected = (): Promise<SshHost> => {
    if (host !== undefined) return host;
    const over = (): void => {
      if (host === connecting) host = undefined;
    };
    const connecting = connect(over);
    connecting.catch(over);
    host = connecting;
    return connecting;
  };
  const place: PoolPlace = {
    name: address.name,
    size: address.workers ?? 1,
    distant: true,
    start: async () => await (await connected()).start(),
    close: () => {
      closed = true;
      void host?.then(
        (one) => one.close(),
        () => undefined,
      );
    },
  };
  return place;
}
