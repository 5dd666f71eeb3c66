/** The channels of all places, joined with how far their readers elsewhere are behind. Pure. */
import type { ChannelId, ChannelInfo, Observed, SubscriberInfo } from "@skein/runtime";
import type { ClusterModel } from "./cluster-model.ts";

type Channels = Extract<Observed, { readonly topic: "channels"; readonly gone?: never }>;

export interface ChannelRow {
  readonly channel: ChannelInfo;
  readonly at: Observed["at"];
  /** When its place told this, by that one's clock. */
  readonly timeMs: number;
  /** Those furthest behind first. */
  readonly subscribers: readonly SubscriberInfo[];
  /** The one furthest behind of those whose lag is known. */
  readonly slowest: SubscriberInfo | undefined;
}

/** In the order their places tell them: the busiest of each first. */
export function channelRows(model: ClusterModel): { readonly rows: readonly ChannelRow[]; readonly more: number } {
  const places = [...(model.observed.get("channels")?.values() ?? [])].filter(
    (one): one is Channels => one.topic === "channels" && one.gone !== true,
  );
  const lags = new Map<string, number>();
  for (const { readers } of places) for (const { channel, id, waiting } of readers) lags.set(key(channel, id), waiting);
  const rows = places.flatMap(({ at, timeMs, channels }) =>
    channels.map((channel) => {
      const subscribers = channel.subscribers
        .map((one) => {
          const waiting = one.waiting ?? lags.get(key(channel.id, one.id));
          return waiting === undefined ? one : { ...one, waiting };
        })
        .toSorted((a, b) => (b.waiting ?? -1) - (a.waiting ?? -1));
      const [slowest] = subscribers;
      return { channel, at, timeMs, subscribers, slowest: slowest?.waiting === undefined ? undefined : slowest };
    }),
  );
  return { rows, more: places.reduce((sum, { more = 0 }) => sum + more, 0) };
}

const key = (channel: ChannelId, subscriber: string): string => `${channel} ${subscriber}`;
