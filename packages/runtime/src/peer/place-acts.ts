/** Does at a place what operators ask for by their scheduler: restarts a child, ends a subscription, drops a connection. */
import type { Endpoint } from "../contracts/endpoint.ts";
import type { Operation } from "../contracts/operation.ts";
import type { Procedures } from "../contracts/procedures.ts";
import { ACT_WAIT_MS } from "../defaults.ts";
import { SkeinError } from "../errors.ts";
import { restartChild } from "../fault/restart-child.ts";
import type { PeerId } from "../ids.ts";
import { channelList } from "../message/channel-list.ts";
import { RemoteSubscription } from "../message/subscription.ts";
import type { Engine } from "../task/engine.ts";
import { parsePlaceAct, type PlaceAct } from "../wire/place-act.ts";

const PLACE_ACT = "place.act";

/** The sessions of a peer with others, by their ids. */
export interface ConnectedSessions {
  /** `connection`: the one in use. */
  sessionOf(peer: PeerId): { readonly connection: { close(): void } | undefined } | undefined;
}

/** A peer does what is meant for itself, and hands on what is meant for a server behind it. */
export function handlePeerActs(procedures: Procedures, engine: Engine, sessions: ConnectedSessions): Disposable {
  return procedures.handle(PLACE_ACT, { parse: parsePlaceAct, roles: ["scheduler"] }, (act) => {
    const { peer, server } = act.at;
    if (peer !== procedures.self.peer) throw elsewhere();
    if (server > 0) return procedures.call(act.at, PLACE_ACT, act, { timeoutMs: ACT_WAIT_MS });
    if (act.type !== "disconnect") return actHere(engine, act);
    const connection = sessions.sessionOf(act.peer)?.connection;
    // As when the network drops it: the session goes on by another.
    if (connection !== undefined) return connection.close();
    throw new SkeinError("PEER_UNREACHABLE", `there is no connection with peer ${act.peer}`, {
      hint: "it may have ended already",
    });
  });
}

/** A server does what its own peer hands on. */
export function handleServerActs(procedures: Procedures, engine: Engine): Disposable {
  const isNode = ({ peer, server }: Endpoint): boolean => peer === procedures.self.peer && server === 0;
  return procedures.handle(PLACE_ACT, { parse: parsePlaceAct }, (act, { endpoint }) => {
    if (!isNode(endpoint)) {
      throw new SkeinError("ROLE_FORBIDS", "a server is acted on by its node alone", { hint: "use clusterActs" });
    }
    if (act.type === "disconnect") throw elsewhere();
    return actHere(engine, act);
  });
}

function actHere(engine: Engine, act: Exclude<PlaceAct, { readonly type: "disconnect" }>): Operation<void> | undefined {
  if (act.type === "restart-child") return restartChild(engine, act.supervisor, act.child);
  unsubscribe(engine, act);
  return undefined;
}

function unsubscribe(engine: Engine, act: Extract<PlaceAct, { readonly type: "unsubscribe" }>): void {
  const list = engine.part(channelList);
  const channel = list.find(act.channel);
  if (channel === undefined) throw unknown(`no channel ${act.channel} is open here`);
  for (const below of channel.below) if (list.idOf(below) === act.subscriber) return channel.unsubscribe(below);
  const subscription = list.subscription(channel, act.subscriber);
  if (subscription === undefined) throw unknown(`nobody called ${act.subscriber} is subscribed`);
  channel.unsubscribe(subscription.key);
  // Who reads there comes to the end of it, as a reader of this process does.
  const reader = subscription instanceof RemoteSubscription ? subscription.readerId : undefined;
  if (reader === undefined || subscription.endpoint === undefined) return;
  engine.router?.post(subscription.endpoint, { type: "channel.closed", channel: reader });
}

const unknown = (message: string): SkeinError =>
  new SkeinError("NAME_UNKNOWN", message, { hint: "it may have ended; look again" });

const elsewhere = (): SkeinError =>
  new SkeinError("OPTION_INVALID", "that is not for this place", { hint: "name the place as the console shows it" });
