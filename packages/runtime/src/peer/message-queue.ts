/** Queues one-way messages of tasks and channels for another process. */
import type { RuntimeMessage } from "../contracts/router.ts";
import type { Codec } from "../wire/codec.ts";
import { Entry } from "../wire/messages.ts";
import type { Conversation } from "./conversation.ts";
import { ENVELOPE_BYTES } from "./entry-server.ts";
import { queueFull } from "./router-errors.ts";

/**
 * @param show whom it is for, in words for people
 * @returns false when there is no room for what must not be dropped by itself
 * @throws {SkeinError} `MAILBOX_FULL`, `NOT_SERIALIZABLE`, `MESSAGE_TOO_LARGE`
 */
export function queueMessage(
  conversation: Conversation,
  message: RuntimeMessage,
  codec: Codec,
  show: () => string,
): boolean {
  switch (message.type) {
    case "task.send": {
      const bytes = codec.check(message.value);
      if (conversation.full) throw queueFull(show());
      conversation.addSend(message.task, message.value, bytes);
      return true;
    }
    case "channel.publish": {
      const bytes = codec.check(message.value);
      if (conversation.full) throw queueFull(show());
      conversation.addPublish(message.channel, message.value, bytes);
      return true;
    }
    case "task.exited":
    case "task.unmonitor":
    case "task.room":
    case "channel.unsubscribe":
    case "channel.room":
    case "channel.gone":
    case "channel.closed":
      // Never dropped for want of room: there are no more of them than monitors and subscriptions.
      if (conversation.overloaded) return false;
      conversation.add([Entry.message, message], codec.check(message) + ENVELOPE_BYTES);
      return true;
    case "task.wake":
    case "task.interrupt": {
      const bytes = codec.check(message);
      if (conversation.full) throw queueFull(show());
      conversation.add([Entry.message, message], bytes);
      return true;
    }
    default:
      return message satisfies never;
  }
}
