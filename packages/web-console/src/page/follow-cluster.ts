/** Joins the cluster as a peer and passes on what its scheduler tells, until the connection is lost. */
import {
  clusterActs,
  type ClusterSnapshot,
  type Cursor,
  errorFrom,
  type PeerHost,
  type PeerId,
  watchCluster,
} from "@skein/runtime";
import { isPeerId } from "@skein/runtime/host";
// Installs the browser as the runtime's host.
import "@skein/browser-worker/install";
import { joinPageHost } from "@skein/browser-worker/host";
import { consoleAddress } from "./console-address.ts";
import type { Followed, SessionAnswer } from "./session.ts";

/** Asking the scheduler where its events stand. */
const STATUS_TIMEOUT_MS = 10_000;
/** Events asked for from before a page was opened, so that it shows at once what has been: all that a scheduler keeps. */
const PAST_EVENTS = 20_000;

/** Resolves when the connection to the scheduler has ended or `signal` is aborted. */
export async function followCluster(
  answer: SessionAnswer,
  followed: Followed,
  cursor: Cursor | undefined,
  signal: AbortSignal,
): Promise<void> {
  const scheduler = { peer: peerIdOf(answer.scheduler.peer), server: answer.scheduler.server };
  const address = consoleAddress(location, answer.peer);
  await using peer = await joinPageHost({
    invite: answer.invite,
    addresses: [address],
    name: "console",
    webRtc: false,
    // Its policy blocks where else the peer says that it is reached.
    mayDial: (one) => one === address,
  });
  const limits = { timeoutMs: STATUS_TIMEOUT_MS, signal };
  // The scheduler is the cluster's authority, and proved to be it: its answers have the shape of its version's types.
  const status = (await peer.procedures.call(scheduler, "scheduler.status", undefined, limits)) as ClusterSnapshot;
  const known = cursor?.epoch === status.epoch ? cursor.seq : 0;
  const since = { epoch: status.epoch, seq: Math.max(known, status.seq - PAST_EVENTS) };
  followed.access({ roles: peer.roles, acts: clusterActs(peer.procedures, scheduler) });
  using _away = peer.onSuspected((one, suspected) => {
    if (one === scheduler.peer) followed.away(suspected);
  });
  using watch = watchCluster(peer, {
    scheduler: { peer: scheduler.peer, addresses: [] },
    since,
    // Of a scheduler that took its place, all events come.
    onSnapshot: (snapshot) => followed.snapshot(snapshot, snapshot.epoch === since.epoch ? since.seq : 0),
    onEvents: (events) => followed.events(events),
    onObserved: (observed) => followed.observed(observed),
  });
  using _topics = followed.onTopics((topics) => watch.setTopics(topics));
  await untilLost(peer, scheduler.peer, signal);
}

async function untilLost(peer: PeerHost, scheduler: PeerId, signal: AbortSignal): Promise<void> {
  const events = peer.events.values()[Symbol.asyncIterator]();
  const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  const lost = (async () => {
    // Lost since it answered: there is no event for that any more.
    if (signal.aborted || !peer.peers().some((info) => info.peer === scheduler)) return;
    for (let next = await events.next(); next.done !== true; next = await events.next()) {
      if (next.value.type === "lost" && next.value.peer === scheduler) return;
    }
  })();
  await Promise.race([lost, aborted]);
  await events.return?.();
}

function peerIdOf(text: string): PeerId {
  if (isPeerId(text)) return text;
  throw errorFrom("the console named no scheduler");
}
