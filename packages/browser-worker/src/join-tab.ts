/** `joinTab()`: this page becomes a node of a cluster, and runs tasks of others in walls. */
import {
  type CloseOptions,
  type Labels,
  type Logger,
  type Operation,
  type Peer,
  type PeerHost,
  silentLogger,
  SkeinError,
} from "@skein/runtime";
import { installedPlatform, serverId, TAB_SERVERS_LIMIT } from "@skein/runtime/host";
import { acting } from "./acting.ts";
import { type Abilities, grantedNames, type ServeAbilities } from "./io/abilities.ts";
import type { ClientOf, ClientOfServer } from "./io/serve.ts";
import type { JoinPageOptions } from "./join-page.ts";
import { createBrowserPlatform } from "./platform.ts";
import { watchBattery } from "./tab/battery.ts";
import { leaving } from "./tab/leaving.ts";
import { TabLife } from "./tab/life.ts";
import { Pauses, type PauseWhen } from "./tab/pauses.ts";
import type { BrowserFacts } from "./tab-node/tab-info.ts";
import type { TabStatus, TabTask, TabWork } from "./tab-node/tab-work.ts";

export interface JoinTabOptions extends JoinPageOptions {
  /** What tasks may do here beyond computing and talking, by name. Default: nothing. */
  readonly abilities?: Abilities;
  /** How many CPU-bound tasks may run here at a time, each in a worker. Default 0: tasks that mostly wait, and no others. */
  readonly workers?: number;
  /**
   * Code of this cluster may do whatever this page may: it runs in plain workers, which reach the network and the page's
   * storage. Only for a cluster that is your own. Default false: in sandboxed frames, which reach neither.
   */
  readonly trusted?: boolean;
  /** What it is told apart by, beside `engine`, `cores`, `memory` and `abilities`. */
  readonly labels?: Labels;
  /** Asks the browser not to let the screen sleep while the tab works. Default false. */
  readonly wakeLock?: boolean;
  /** What pauses it by itself. Default: nothing. */
  readonly pauseWhen?: PauseWhen;
}

/** A page that serves. */
export interface Tab extends Peer {
  /** Takes no new work, and hands back servers when what runs there has ended. */
  pause(): void;
  /** Takes work again. */
  resume(): void;
  /** Changes what pauses it by itself; what is left out stays as it is. */
  pauseWhen(when: PauseWhen): void;
  /** Changes how many CPU-bound tasks may run here; what runs begins again elsewhere. */
  setWorkers(count: number): Operation<void>;
  /** What runs here now, and for whom. */
  tasks(): readonly TabTask[];
  /** How it stands: for the page that shows it. */
  status(): TabStatus;
}

/**
 * Joins the cluster of `invite`, which has to give the role `tab`, and serves it: tasks run in workers inside sandboxed
 * frames, one for each job, without a network and without this page's storage. Acts at once. Closing it waits for what
 * runs here; with `cancel`, and when the page is left, that is handed back at once and begins again elsewhere, as far as
 * its client has allowed for retries.
 *
 * @throws {SkeinError} `PEER_UNREACHABLE`, `INVITE_EXPIRED`, `INVITE_USED`, `NOT_A_MEMBER`; `NO_CLUSTER` when nobody
 *   schedules there; `ABILITY_UNAVAILABLE` when the program that servers run is not served with the page;
 *   `OPTION_INVALID`
 * @example
 * const tab = await joinTab({ invite: location.hash.slice(1), workers: 2 });
 * stopButton.onclick = () => tab.close({ cancel: true });
 */
export function joinTab(options: JoinTabOptions): Operation<Tab> {
  return joinTabHost(options);
}

/** Further parts, for our own packages. */
export interface TabParts {
  readonly serveAbilities?: ServeAbilities;
  /** Whether it begins paused by its owner. */
  readonly paused?: boolean;
  /** Gives up joining, before its next step: the program, the peer, the work. */
  readonly signal?: AbortSignal;
}

export function joinTabHost(options: JoinTabOptions, parts: TabParts = {}): Operation<Tab & PeerHost> {
  return acting("the tab to join", async () => await join(options, parts));
}

async function join(
  {
    abilities = {},
    workers = 0,
    trusted = false,
    labels = {},
    wakeLock = false,
    pauseWhen = {},
    ...page
  }: JoinTabOptions,
  parts: TabParts,
): Promise<Tab & PeerHost> {
  checkWorkers(workers);
  const { logger = silentLogger } = page;
  const { startTabPeer, startTabWork } = await import("./tab-node/tab-work.ts");
  let peer: PeerHost | undefined;
  let work: TabWork | undefined;
  const clientOf = (server: number): ClientOfServer | undefined => {
    const id = peer && serverId(peer.id, server);
    const found = work?.status().tasks.find((one) => one.server === id);
    return found && { id: found.client, name: found.clientName ?? `peer …${found.client.slice(-8)}` };
  };
  // All that is loaded is there before the invite is used.
  const serveAbilities = parts.serveAbilities ?? (await loadGranted(abilities, clientOf));
  parts.signal?.throwIfAborted();
  const options = { ...page, newCluster: false };
  peer = await startTabPeer(installedPlatform() ?? createBrowserPlatform(), options, parts.signal);
  try {
    parts.signal?.throwIfAborted();
    work = await startTabWork({
      peer,
      labels,
      facts: factsOf(navigator),
      grants: grantedNames(abilities),
      serveAbilities,
      trusted,
      workers,
      logger,
    });
    const tab = asTab(peer, work, { wakeLock, pauseWhen, logger });
    if (parts.paused === true) tab.pause();
    // It has joined once who schedules knows it; who can't be reached now is tried again.
    await work.known(parts.signal);
    parts.signal?.throwIfAborted();
    return tab;
  } catch (error) {
    await peer.close({ cancel: true });
    throw error;
  }
}

async function loadGranted(abilities: Abilities, clientOf: ClientOf): Promise<ServeAbilities> {
  const { serveGranted } = await import("./io/serve.ts");
  return await serveGranted(abilities, clientOf);
}

interface LifeOptions {
  readonly wakeLock: boolean;
  readonly pauseWhen: PauseWhen;
  readonly logger: Logger;
}

/** The peer itself, with what a tab has besides; closing it ends its work first. */
function asTab(peer: PeerHost, work: TabWork, { wakeLock, pauseWhen, logger }: LifeOptions): Tab & PeerHost {
  const closePeer = peer.close.bind(peer);
  const pauses = new Pauses(pauseWhen, (on) => work.hold(on));
  const life = new TabLife({
    scope: globalThis,
    document,
    wakeLock,
    logger,
    away: (on) => {
      peer.naps.mayBeSilent(on);
      pauses.set("hidden", on);
    },
    back: () => peer.naps.wake(),
    left: (forGood) => void (forGood ? tab.close({ cancel: true }) : work.end()),
    returned: () => void work.again(),
  });
  void watchBattery(navigator, life.signal, (on) => pauses.set("battery", on));
  const status = (): TabStatus => ({ ...work.status(), pausedBy: pauses.reasons });
  const leave = leaving({ life, work, closePeer });
  const tab: Tab & PeerHost = Object.assign(peer, {
    pause: () => pauses.set("owner", true),
    resume: () => pauses.set("owner", false),
    pauseWhen: (when: PauseWhen) => pauses.when(when),
    setWorkers: (count: number): Operation<void> => {
      checkWorkers(count);
      return acting("the workers to change", async () => await work.setWorkers(count)).ignore();
    },
    tasks: () => work.status().tasks,
    status,
    close: (options: CloseOptions = {}): Operation<void> =>
      acting("the tab to close", async () => await leave(options)).ignore(),
  });
  return tab;
}

function checkWorkers(workers: number): void {
  if (Number.isInteger(workers) && workers >= 0 && workers <= TAB_SERVERS_LIMIT) return;
  throw new SkeinError("OPTION_INVALID", `workers is ${workers}: a tab has 0 to ${TAB_SERVERS_LIMIT}`, {
    hint: "give a whole number of them; half of the cores leave the person the rest",
  });
}

/** `deviceMemory` is told by Chromium alone, and only in secure contexts. */
function factsOf(navigator: Navigator & { readonly deviceMemory?: unknown }): BrowserFacts {
  const { userAgent, hardwareConcurrency, deviceMemory } = navigator;
  return {
    userAgent,
    hardwareConcurrency,
    ...(typeof deviceMemory === "number" ? { deviceMemory } : {}),
  };
}
