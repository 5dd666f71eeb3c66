/** The server's side of abilities: asks its page over a port. */
import { type ErrorCode, SkeinError } from "@skein/runtime";
import type { AskAbility } from "@skein/runtime/host";
import type { AnswerWords, AskWords } from "./words.ts";

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export function askOver(port: MessagePort): AskAbility {
  const waiting = new Map<number, Waiting>();
  let last = 0;
  const say = (words: AskWords): void => port.postMessage(words, []);
  port.addEventListener("message", ({ data }: MessageEvent<AnswerWords>) => {
    const asked = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.type === "done") asked?.resolve(data.value);
    else asked?.reject(errorOf(data));
  });
  port.start();
  return async (what, args, signal) => {
    signal.throwIfAborted();
    const id = (last += 1);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    waiting.set(id, { resolve, reject });
    const giveUp = (): void => {
      if (waiting.delete(id)) say({ type: "cancel", id });
      reject(signal.reason);
    };
    signal.addEventListener("abort", giveUp, { once: true });
    try {
      say({ type: "ask", id, what, args }); // throws for what can't be cloned
      return await promise;
    } finally {
      waiting.delete(id);
      signal.removeEventListener("abort", giveUp);
    }
  };
}

function errorOf({ code, message, hint }: Extract<AnswerWords, { type: "failed" }>): Error {
  // The page, which is ours, sends only codes of ours.
  return code === undefined ? new Error(message) : new SkeinError(code as ErrorCode, message, { hint });
}
