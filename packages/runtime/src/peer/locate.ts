/** Finds names at this peer and at those it is connected to, and waits for ones that appear later. */
import type { Endpoint } from "../contracts/endpoint.ts";
import type { Operation } from "../contracts/operation.ts";
import type { Procedures } from "../contracts/procedures.ts";
import type { Router } from "../contracts/router.ts";
import { SkeinError, isSkeinError } from "../errors.ts";
import type { PeerId } from "../ids.ts";
import type { Locator, LocateOptions } from "../message/names.ts";
import { settled } from "../task/combine.ts";
import { deadline } from "../task/deadline.ts";
import { op } from "../task/op.ts";
import { sleep } from "../task/sleep.ts";
import { parseLocate } from "../wire/schema.ts";

/** A name that nobody has is asked for again after this time, in milliseconds. */
const ASK_AGAIN_MS = 250;
/** How long one peer may take to answer before the others' answers count alone. */
const ASK_TIMEOUT_MS = 5000;
/** Asked by a server process, which knows no peers, of its node. */
const PROCEDURE = "peer.locate";

export interface LocatorParts {
  readonly router: Router;
  /** Connected peers. */
  readonly peers: () => readonly PeerId[];
  readonly learn: (at: NonNullable<LocateOptions["at"]>) => PeerId;
}

/** Asks this process first, then everybody connected, nearest first. */
export function peerLocator(parts: LocatorParts): Locator {
  const { router } = parts;
  const ask = (peers: readonly PeerId[], name: string, kind: LocateOptions["kind"]): Operation<readonly object[]> =>
    op(function* () {
      const answers = yield* settled(
        peers.map((peer) =>
          router.request(
            { peer, server: 0 },
            { type: "name.lookup", name, ...(kind === undefined ? {} : { kind }) },
            { timeoutMs: ASK_TIMEOUT_MS },
          ),
        ),
      );
      const found: object[] = [];
      for (const answer of answers) {
        if (answer.type === "returned" && typeof answer.value === "object" && answer.value !== null) {
          found.push(answer.value);
        }
        // One peer's failure doesn't hide another's answer; a single one's is the answer.
        if (answer.type === "failed" && peers.length === 1 && isSkeinError(answer.error, "PEER_UNREACHABLE")) {
          throw answer.error;
        }
      }
      return found;
    });
  const groups = (at: LocateOptions["at"]): readonly (readonly PeerId[])[] =>
    at === undefined ? [[router.self.peer], parts.peers()] : [[parts.learn(at)]];
  return {
    locate: (name, { at, kind, timeoutMs, signal }) => {
      const search = op(function* () {
        for (;;) {
          signal?.throwIfAborted();
          for (const group of groups(at)) {
            const [found] = group.length === 0 ? [] : yield* ask(group, name, kind);
            if (found !== undefined) return found;
          }
          yield* sleep(ASK_AGAIN_MS);
        }
      });
      return timeoutMs === undefined ? search : deadline(timeoutMs, search);
    },
    locateAll: (name, { at, kind, timeoutMs }) => {
      const search = op(function* () {
        const found: object[] = [];
        for (const group of groups(at)) if (group.length > 0) found.push(...(yield* ask(group, name, kind)));
        return found;
      });
      return timeoutMs === undefined ? search : deadline(timeoutMs, search);
    },
  };
}

/** Answers the server processes behind this peer. */
export function handleLocate(procedures: Pick<Procedures, "self" | "handle">, locator: Locator): Disposable {
  return procedures.handle(
    PROCEDURE,
    { parse: parseLocate },
    ({ name, kind, at, all, timeoutMs }, { endpoint, signal }) => {
      if (endpoint.peer !== procedures.self.peer) {
        throw new SkeinError("ROLE_FORBIDS", "only this peer's own server processes ask it to locate", {
          hint: "ask the peers you are connected to",
        });
      }
      const options: LocateOptions = {
        ...(kind === undefined ? {} : { kind }),
        ...(at === undefined ? {} : { at }),
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
        // A server process that is gone takes its searches with it.
        ...(signal === undefined ? {} : { signal }),
      };
      return all ? locator.locateAll(name, options) : locator.locate(name, options);
    },
  );
}

/** Locates through the node a server process belongs to. */
export function serverLocator(procedures: Procedures, node: Endpoint): Locator {
  const ask = (name: string, all: boolean, { at, kind, timeoutMs, signal }: LocateOptions): Operation<unknown> =>
    procedures.call(
      node,
      PROCEDURE,
      {
        name,
        all,
        ...(kind === undefined ? {} : { kind }),
        ...(at === undefined ? {} : { at }),
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      },
      // Waiting for a name has no end unless the caller gives one.
      { timeoutMs: timeoutMs ?? Infinity, ...(signal === undefined ? {} : { signal }) },
    );
  return {
    locate: (name, options) => ask(name, false, options),
    // The node answers with a list when it is asked for all.
    locateAll: (name, options) => ask(name, true, options) as Operation<readonly unknown[]>,
  };
}
