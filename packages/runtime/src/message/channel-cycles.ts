/** Finds circles of channels, across processes: asks on where a channel leads to another process. */
import type { Effect, Operation } from "../contracts/operation.ts";
import { CHANNEL_CHAIN_LIMIT } from "../defaults.ts";
import type { ChannelId } from "../ids.ts";
import { settled } from "../task/combine.ts";
import type { Engine } from "../task/engine.ts";
import { opIn } from "../task/op.ts";
import { routerOf } from "../task/remote-ref.ts";
import { chainTooLong } from "./channel-errors.ts";
import type { LocalChannel } from "./local-channel.ts";
import { RemoteChannel } from "./remote-channel.ts";

export type AnyChannel = LocalChannel | RemoteChannel;

/**
 * Whether what is published on `from` reaches the channel `to`.
 *
 * @param seen channels of other processes that were asked on the way
 * @throws {SkeinError} `PEER_LOST`, `CHANNEL_CLOSED` when `from` itself can't be asked; `CHANNEL_CYCLE` past
 *   {@link CHANNEL_CHAIN_LIMIT}
 */
export function leadsTo(
  engine: Engine,
  from: AnyChannel,
  to: ChannelId,
  seen: readonly ChannelId[] = [],
): Operation<boolean> {
  return opIn(engine, search, [engine, from, to, seen]);
}

/** Whether anything that leads on from here is in another process. */
export function leavesProcess(from: LocalChannel): boolean {
  return reach(from).far.length > 0;
}

/** What is reached from `from` in this process, and where it leads away from it. */
function reach(from: AnyChannel): { readonly near: ReadonlySet<LocalChannel>; readonly far: readonly RemoteChannel[] } {
  const near = new Set<LocalChannel>();
  const far: RemoteChannel[] = [];
  const visit = (one: AnyChannel): void => {
    if (one instanceof RemoteChannel) far.push(one);
    else near.add(one);
  };
  visit(from);
  // A set that grows while it is walked is walked to its end.
  for (const channel of near) for (const one of channel.onward()) visit(one);
  return { near, far };
}

function* search(
  engine: Engine,
  from: AnyChannel,
  to: ChannelId,
  seen: readonly ChannelId[],
): Generator<Effect, boolean, unknown> {
  const { near, far } = reach(from);
  for (const channel of near) if (channel.knownId === to) return true;
  if (far.some(({ id }) => id === to)) return true;
  const asked = new Set(seen);
  const next = far.filter(({ id }) => !asked.has(id));
  for (const { id } of next) asked.add(id);
  if (next.length === 0) return false;
  if (asked.size > CHANNEL_CHAIN_LIMIT) throw chainTooLong(CHANNEL_CHAIN_LIMIT);
  const answers = yield* settled(
    next.map(({ endpoint, id }) =>
      routerOf(engine, endpoint).request(endpoint, { type: "channel.leads", channel: id, to, seen: [...asked] }),
    ),
  );
  for (const answer of answers) {
    // Who is lost leads nowhere; whom we are to subscribe must be there.
    if (answer.type === "failed" && from instanceof RemoteChannel) throw answer.error;
  }
  return answers.some((answer) => answer.type === "returned" && answer.value === true);
}
