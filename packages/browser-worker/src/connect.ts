/** `connect()` in a page: it becomes a client of a cluster, opens jobs, and runs tasks on its nodes and tabs. */
import {
  type Client,
  createClient,
  type Operation,
  type Peer,
  type PeerHost,
  runtime as defaultRuntime,
  SECOND_MS,
  SkeinError,
  type WaitOptions,
} from "@skein/runtime";
import { acting } from "./acting.ts";
import { joinPageHost, type JoinPageOptions } from "./join-page.ts";
import { importShipped, shippedModules } from "./shipped-modules.ts";

export interface ConnectOptions extends WaitOptions, Omit<JoinPageOptions, "invite"> {
  /** A peer that has joined already, by `joinPage` or `joinTab`, in place of an invite. It stays when the client closes. */
  readonly peer?: Peer;
}

/** How long a cluster is looked for, in milliseconds. */
const CONNECT_TIMEOUT_MS: number = 30 * SECOND_MS;

/**
 * Connects this page to a cluster as a client: the one that `link` names (an invite), by default the one in the page's own
 * address, after the `#`. Acts at once. Modules of tasks are bundled when the page is built, by the plugin of `skein/vite`;
 * functions of the page itself can't be run elsewhere: `job.run` throws `CODE_UNKNOWN` for them.
 *
 * @throws {SkeinError} `NO_CLUSTER` when nothing was named, or nobody schedules there; `ROLE_FORBIDS` when the invite is for
 *   no client; `PEER_UNREACHABLE`, `NOT_A_MEMBER`, `INVITE_EXPIRED`, `INVITE_USED`, `TIMEOUT`
 * @example
 * await using client = await connect();
 * await using job = await client.openJob();
 * const m = await job.module<typeof import("./tasks.ts")>(new URL("./tasks.ts", import.meta.url));
 */
export function connect(link?: string, options: ConnectOptions = {}): Operation<Client<PeerHost>> {
  const { timeoutMs = CONNECT_TIMEOUT_MS, signal, ...rest } = options;
  let isLate = false;
  const connecting = acting("a cluster", async () => {
    const client = await open(link, rest, timeoutMs);
    if (isLate) await client.close({ cancel: true });
    return client;
  });
  const { engine } = options.runtime ?? defaultRuntime;
  return connecting.limit(engine, { timeoutMs, ...(signal === undefined ? {} : { signal }) }, () => {
    isLate = true;
  });
}

async function open(
  link: string | undefined,
  { peer: given, ...options }: Omit<ConnectOptions, keyof WaitOptions>,
  timeoutMs: number,
): Promise<Client<PeerHost>> {
  // Whoever has joined has a PeerHost: the other type hides its parts from programs.
  const peer = given === undefined ? await joinPageHost({ ...options, invite: inviteOf(link) }) : (given as PeerHost);
  const close = async (): Promise<void> => {
    if (given === undefined) await peer.close();
  };
  try {
    if (!peer.roles.includes("client") && !peer.roles.includes("operator")) throw noClient(peer);
    const { findScheduler, noScheduler } = await import("@skein/runtime/network");
    const scheduler = await findScheduler(peer, { timeoutMs }).then(undefined, (error: unknown) => {
      throw noScheduler(error);
    });
    const { logger } = options;
    return createClient(peer, {
      scheduler,
      bundler: shippedModules,
      importModule: importShipped,
      onClose: close,
      ...(logger === undefined ? {} : { logger }),
    });
  } catch (error) {
    await close();
    throw error;
  }
}

function inviteOf(link: string | undefined): string {
  const invite = link ?? (typeof location === "undefined" ? "" : location.hash.slice(1));
  if (invite !== "") return invite;
  throw new SkeinError("NO_CLUSTER", "no cluster was named, and none is in the page's address", {
    hint: "give an invite: connect(invite), or open the page with it after the #; skein invite --role client prints one",
  });
}

const noClient = ({ roles }: Peer): SkeinError =>
  new SkeinError("ROLE_FORBIDS", `this page has the role ${roles.join(", ")}, and the role client is needed here`, {
    hint: "ask for skein invite --role client",
  });
