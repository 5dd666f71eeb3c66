/** What channels say when something is refused. */
import { SkeinError } from "../errors.ts";

export const channelClosed = (name: string): SkeinError =>
  new SkeinError("CHANNEL_CLOSED", `channel ${name || "without a name"} is closed`, {
    hint: "publish before close(), or make a new channel",
  });

export const subscribersFull = (name: string, count: number): SkeinError =>
  new SkeinError("MAILBOX_FULL", `${count} subscribers of channel ${name} are full and did not get the value`, {
    hint: 'use deliver, which waits for room, or make the channel with overflow: "drop-oldest"',
  });

export const channelCycle = (name: string, target: string): SkeinError =>
  new SkeinError("CHANNEL_CYCLE", `channel ${target} already leads to ${name}`, {
    hint: "a value published on either would go round for ever",
  });

export const chainTooLong = (limit: number): SkeinError =>
  new SkeinError("CHANNEL_CYCLE", `more than ${limit} channels of other processes lead from one to the next`, {
    hint: "subscribe further up: such a chain can't be told from a circle",
  });

export const notATarget = (): SkeinError =>
  new SkeinError("OPTION_INVALID", "only references of tasks and channels can be subscribed", {
    hint: "pass task.ref or a channel",
  });
