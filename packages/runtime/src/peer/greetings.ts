/** What both sides say about their session when a connection is joined, and whether they mean the same one. */
import type { SessionWords } from "../wire/messages.ts";
import type { Greeting } from "./connector.ts";
import type { Known } from "./known-peers.ts";

/** What to say about the session with a peer: before it has said something (`theirs`), or in answer to that. */
export function greetingOf(known: Known, theirs: SessionWords | undefined): Greeting {
  const { session } = known.carrier;
  const alone = session === undefined || session.suspected;
  const words: SessionWords = {
    own: known.token,
    received: session?.received ?? 0,
    ...(session === undefined ? {} : { other: session.otherToken }),
    ...(alone ? { alone } : {}),
  };
  const gone = theirs === undefined ? alone : theirs.alone === true;
  return { words, replaces: gone ? (session?.paths ?? []) : [] };
}

/** Whether what a peer says about its session with us fits the one that is known here, or that none is. */
export const isSameSession = ({ carrier: { session }, token }: Known, theirs: SessionWords): boolean =>
  (theirs.other === undefined || theirs.other === token) &&
  (session === undefined || session.otherToken === theirs.own);
