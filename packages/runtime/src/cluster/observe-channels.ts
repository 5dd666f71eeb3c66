/** Says what a place shows of its channels, and of its readers of channels elsewhere. */
import { type Endpoint } from "../contracts/endpoint.ts";
import { OBSERVED_ENTRIES } from "../defaults.ts";
import { type ChannelList, channelList } from "../message/channel-list.ts";
import { type LocalChannel } from "../message/local-channel.ts";
import {
  ReaderSubscription,
  RemoteSubscription,
  type Subscription,
  TaskSubscription,
} from "../message/subscription.ts";
import { type Engine } from "../task/engine.ts";
import { cutText, Room } from "./observe-room.ts";
import { type ChannelInfo, type ReaderInfo, type Shown, type SubscriberInfo } from "./observed.ts";

/** Subscribers of one channel: those furthest behind. */
const SUBSCRIBERS_SHOWN = 50;

export function channelsShown(engine: Engine, self: Endpoint): Shown | undefined {
  const list = engine.part(channelList);
  const room = new Room(OBSERVED_ENTRIES);
  const busiest = [...list.all()].toSorted((a, b) => b.published - a.published);
  const channels: ChannelInfo[] = [];
  for (const channel of busiest) if (room.take()) channels.push(channelInfo(list, channel, self, room));
  const readers: ReaderInfo[] = [];
  for (const { id, source, reader } of list.readers()) {
    const { id: channel, name, endpoint: of } = source;
    if (room.take()) readers.push({ id, channel, name: cutText(name), of, waiting: reader.size });
  }
  if (channels.length === 0 && readers.length === 0) return undefined;
  return { topic: "channels", channels, readers, ...room.more() };
}

function channelInfo(list: ChannelList, channel: LocalChannel, self: Endpoint, room: Room): ChannelInfo {
  const { name, published, delivered, dropped } = channel;
  const subscribers = [
    ...channel.direct.map((one) => subscriberInfo(list, one, self)),
    ...Array.from(channel.below, (below): SubscriberInfo => {
      return { id: list.idOf(below), kind: "channel", to: self, name: cutText(below.name), dropped: 0 };
    }),
  ].toSorted((a, b) => lagOf(b) - lagOf(a));
  const own = room.part(SUBSCRIBERS_SHOWN);
  const shown = subscribers.filter(() => own.take());
  const id = list.idOf(channel);
  return { id, name: cutText(name), published, delivered, dropped, subscribers: shown, ...own.more() };
}

/** How far it is behind; one that refuses values comes before those that only wait. */
const lagOf = ({ waiting = 0, dropped }: SubscriberInfo): number => waiting + dropped;

function subscriberInfo(list: ChannelList, subscription: Subscription, self: Endpoint): SubscriberInfo {
  const id = list.subscriberId(subscription);
  const { dropped } = subscription;
  if (subscription instanceof RemoteSubscription) {
    const { isTask, onward, endpoint: to, name } = subscription;
    const kind = isTask ? "task" : onward === undefined ? "reader" : "channel";
    return { id, kind, to, ...(name === "" ? {} : { name: cutText(name) }), dropped };
  }
  if (subscription instanceof TaskSubscription) {
    const { ref, waiting } = subscription;
    return { id, kind: "task", to: self, name: cutText(ref.name), waiting, dropped };
  }
  const waiting = subscription instanceof ReaderSubscription ? subscription.key.size : 0;
  return { id, kind: "reader", to: self, waiting, dropped };
}
