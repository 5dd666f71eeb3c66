/** Events of the platform on a channel. */
import { isSkeinError } from "../errors.ts";
import type { Channel } from "./channel.ts";

/** An end to publishing, and what was dropped meanwhile. */
export interface PublishedEvents extends Disposable {
  /** Events that a subscriber had no room for: an event can't wait. */
  readonly dropped: number;
}

/**
 * Publishes on `channel` what `message` makes of each event; `undefined` publishes nothing. It ends when it is
 * disposed, when the channel closes, or by `signal`.
 *
 * @example
 * const clicks = channel<{ x: number; y: number }>();
 * using published = publishEvents(button, "click", clicks, ({ x, y }: PointerEvent) => ({ x, y }));
 */
// oxlint-disable-next-line no-unnecessary-type-parameters -- the event's type is taken from `message`
export function publishEvents<E extends Event, T>(
  target: EventTarget,
  type: string,
  channel: Channel<T>,
  message: (event: E) => T | undefined,
  options: { readonly signal?: AbortSignal } = {},
): PublishedEvents {
  let dropped = 0;
  const controller = new AbortController();
  const listener = (event: Event): void => {
    // The caller says what events of this type are.
    const value = message(event as E);
    if (value === undefined) return;
    try {
      channel.publish(value);
    } catch (error) {
      if (isSkeinError(error, "CHANNEL_CLOSED")) controller.abort();
      else if (isSkeinError(error, "MAILBOX_FULL")) dropped += 1;
      else throw error;
    }
  };
  const signal =
    options.signal === undefined ? controller.signal : AbortSignal.any([controller.signal, options.signal]);
  target.addEventListener(type, listener, { signal });
  return {
    get dropped() {
      return dropped;
    },
    [Symbol.dispose]() {
      controller.abort();
    },
  };
}
