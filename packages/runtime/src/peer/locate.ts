/** Finds names at this peer and at those it is connected to, and waits for ones that appear later. */
import { type Operation } from "../contracts/operation.ts";
import { type PeerId } from "../ids.ts";
import { SkeinError, isSkeinError } from "../errors.ts";
import { op } from "../task/op.ts";
import { deadline, settled } from "../task/combine.ts";
import { sleep } from "../task/sleep.ts";
import { type LocateOptions, type PeerHost } from "./peer-host.ts";
import { type Member } from "./handshake.ts";

/** A name that nobody has is asked for again after this time, in milliseconds. */
const ASK_AGAIN_MS = 250;
/** How long one peer may take to answer before the others' answers count alone. */
const ASK_TIMEOUT_MS = 5000;

export function locate<T>(
  peer: PeerHost,
  peers: { members(): readonly Member[] },
  name: string,
  { at, kind, timeoutMs, signal }: LocateOptions,
): Operation<T> {
  const search = op(function* () {
    for (;;) {
      signal?.throwIfAborted();
      const asked: readonly PeerId[] =
        at === undefined
          ? [peer.id, ...peers.members().map((member) => member.peer)]
          : [typeof at === "string" ? at : at.peer];
      if (typeof at === "object") peer.learn(at);
      // This peer's own names come first, then whoever answers.
      for (const group of at === undefined ? [asked.slice(0, 1), asked.slice(1)] : [asked]) {
        const answers = yield* settled(
          group.map((id) =>
            peer.router.request(
              { peer: id, server: 0 },
              { type: "name.lookup", name, ...(kind === undefined ? {} : { kind }) },
              { timeoutMs: ASK_TIMEOUT_MS },
            ),
          ),
        );
        for (const answer of answers) {
          // The caller says which reference it expects; only the kind was checked.
          if (answer.type === "returned" && answer.value !== undefined) return answer.value as T;
          if (at !== undefined && answer.type === "failed" && isSkeinError(answer.error, "PEER_UNREACHABLE")) throw answer.error;
        }
      }
      yield* sleep(ASK_AGAIN_MS);
    }
  });
  return timeoutMs === undefined ? search : deadline(timeoutMs, search);
}
