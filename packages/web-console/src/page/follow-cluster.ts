/** Joins the cluster as a peer and passes on what its scheduler tells, until the connection is lost. */
import { type ClusterEvent, type ClusterSnapshot, createRuntime, errorFrom } from "@skein/runtime";
import { type Caller, type Endpoint, isPeerId, type PeerHost, sameEndpoint } from "@skein/runtime/host";
import { createBrowserPlatform, joinPageHost } from "@skein/browser-worker/host";
import { consoleAddress } from "./console-address.ts";
import { News } from "./news.ts";
import type { Followed, SessionAnswer } from "./session.ts";

/** Name under which the scheduler's news come to this page. */
const NEWS = "console.news";
/** Asking the scheduler how the cluster stands. */
const SUBSCRIBE_TIMEOUT_MS = 10_000;

/** Resolves when the connection to the scheduler has ended or `signal` is aborted. */
export async function followCluster(answer: SessionAnswer, followed: Followed, signal: AbortSignal): Promise<void> {
  const scheduler = endpointOf(answer.scheduler);
  // A runtime of its own: the next session begins with nothing of this one.
  await using runtime = createRuntime({ platform: createBrowserPlatform() });
  await using peer = await joinPageHost({
    invite: answer.invite,
    addresses: [consoleAddress(location, answer.peer)],
    name: "console",
    runtime,
  });
  const ended = untilLost(peer, scheduler, signal);
  const news = new News(followed);
  using _handling = peer.procedures.handle(NEWS, { parse: parseNews }, (events, caller) => {
    if (fromScheduler(caller, scheduler)) news.take(events);
  });
  const snapshot = await peer.procedures.call(
    scheduler,
    "scheduler.subscribe",
    { push: NEWS },
    { timeoutMs: SUBSCRIBE_TIMEOUT_MS, signal },
  );
  // The scheduler is the cluster's authority, and proved to be it: what it answers has the shape of its version's types.
  news.begin(snapshot as ClusterSnapshot);
  await ended;
}

async function untilLost(peer: PeerHost, scheduler: Endpoint, signal: AbortSignal): Promise<void> {
  const events = peer.events.values()[Symbol.asyncIterator]();
  const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  const lost = (async () => {
    for (let next = await events.next(); next.done !== true; next = await events.next()) {
      if (next.value.type === "lost" && next.value.peer === scheduler.peer) return;
    }
  })();
  await Promise.race([lost, aborted]);
  await events.return?.();
}

const fromScheduler = (caller: Caller, scheduler: Endpoint): boolean => sameEndpoint(caller.endpoint, scheduler);

function parseNews(args: unknown): readonly ClusterEvent[] {
  if (typeof args === "object" && args !== null && "events" in args && Array.isArray(args.events)) {
    // As for the snapshot: only the scheduler's are taken.
    return args.events as readonly ClusterEvent[];
  }
  throw errorFrom("news without events");
}

function endpointOf({ peer, server }: SessionAnswer["scheduler"]): Endpoint {
  if (isPeerId(peer)) return { peer, server };
  throw errorFrom("the console named no scheduler");
}
