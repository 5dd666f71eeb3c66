/** Channels subscribed to channels: the way of a value down, in loops, because a chain may be any length. */
import type { LocalChannel } from "./local-channel.ts";

/** What a transform gives for a value that goes no further. */
export const DROPPED: unique symbol = Symbol("dropped");

/** What one channel gives its own subscribers. */
interface Round {
  readonly channel: LocalChannel;
  readonly value: unknown;
  readonly above: Round | undefined;
  /** Subscribers that could not take it, channels included. */
  full: number;
}

/** `root` and every channel of this process that leads from it, each once. */
export function treeOf(root: LocalChannel): ReadonlySet<LocalChannel> {
  const tree = new Set([root]);
  // A set that grows while it is walked is walked to its end.
  for (const channel of tree) for (const below of channel.below) tree.add(below);
  return tree;
}

/** Who would get a value of `root`; once for each way that leads to it. */
export function countDown(root: LocalChannel): number {
  let count = 0;
  const ways = [root];
  for (const channel of ways) {
    count += channel.recipients;
    for (const below of channel.below) ways.push(below);
  }
  return count;
}

/**
 * What each channel from `root` on gives to its own subscribers, those above before those below.
 *
 * @param failed called with what the transform of a channel below throws; the others still have a round
 */
export function roundsOf(root: LocalChannel, given: unknown, failed: (error: unknown) => void): readonly Round[] {
  const rounds: Round[] = [{ channel: root, value: given, above: undefined, full: 0 }];
  for (const round of rounds) {
    for (const below of round.channel.below) {
      try {
        const value = below.transformed(round.value);
        if (value !== DROPPED) rounds.push({ channel: below, value, above: round, full: 0 });
      } catch (error) {
        failed(error);
      }
    }
  }
  return rounds;
}

/** Publishes on `root` and below; gives how many of `root`'s own subscribers could not take it. */
export function giveDown(root: LocalChannel, given: unknown, failures: unknown[]): number {
  const rounds = roundsOf(root, given, (error) => failures.push(error));
  for (const round of rounds) round.full = round.channel.give(round.value, failures);
  // From below: a channel that refuses counts as one subscriber that is full.
  for (const { channel, above, full } of rounds.toReversed()) {
    if (above !== undefined && full > 0 && channel.refused(full)) above.full += 1;
  }
  return rounds[0]?.full ?? 0;
}
