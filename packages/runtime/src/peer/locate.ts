/** Finds names at this peer and, through those who keep the directory, at all others; waits for ones that appear later. */
import type { Endpoint, Location } from "../contracts/endpoint.ts";
import type { Operation, Steps } from "../contracts/operation.ts";
import type { Procedures } from "../contracts/procedures.ts";
import type { Router } from "../contracts/router.ts";
import type { WaitOptions } from "../contracts/wait.ts";
import { SkeinError } from "../errors.ts";
import type { PeerId } from "../ids.ts";
import type { Locator, LocateOptions } from "../message/names.ts";
import { settled } from "../task/combine.ts";
import { deadline } from "../task/deadline.ts";
import type { Engine } from "../task/engine.ts";
import { op } from "../task/op.ts";
import { parseLocate } from "../wire/schema.ts";
import { FIND } from "./directory.ts";
import { type FindRequest, type Found, parseFound } from "./directory-words.ts";
import { ASK_TIMEOUT_MS, keyOfFound, Search, type SearchParts, type Sought } from "./name-search.ts";
import { nearestFirst } from "./nearness.ts";

/** Asked by a server process, which knows no peers, of its node. */
const PROCEDURE = "peer.locate";

export interface LocatorParts extends SearchParts {
  readonly router: Router;
  readonly engine: Engine;
}

/** Locates names and peers for one peer and the server processes behind it. */
export class PeerLocator implements Locator {
  readonly #parts: LocatorParts;
  readonly #searches = new Set<Search<object>>();

  constructor(parts: LocatorParts) {
    this.#parts = parts;
  }

  /** Others can be asked than before: searches that wait ask them too. */
  targetsChanged(): void {
    for (const search of this.#searches) search.askTargets();
  }

  locate(name: string, { at, kind, ...limits }: LocateOptions): Operation<object> {
    return this.#search(limits, () => ({
      request: { name, ...(kind === undefined ? {} : { kind }) },
      what: `the name "${name}"`,
      ...(at === undefined ? {} : { only: this.#peerOf(at) }),
      refer: (found, signal) => this.#reference(name, found, signal),
    }));
  }

  /** Where a peer of this name is; waits for one that joins later. */
  locatePeer(peerName: string, limits: WaitOptions = {}): Operation<Location> {
    return this.#search(limits, () => ({
      request: { peerName },
      what: `a peer named "${peerName}"`,
      refer: ({ peer, addresses }) => Promise.resolve({ peer, addresses }),
    }));
  }

  /** Everybody who holds the name now, nearest first. */
  locateAll(name: string, { at, kind, timeoutMs, signal }: LocateOptions): Operation<readonly object[]> {
    const search = op(() => this.#all({ name, ...(kind === undefined ? {} : { kind }) }, name, at, signal));
    return timeoutMs === undefined ? search : deadline(timeoutMs, search);
  }

  /** The addresses of a peer, as those who keep the directory know them. */
  async whereIs(peer: PeerId): Promise<readonly string[]> {
    const found = await op(() => this.#ask({ peer }, this.#parts.targets()));
    return [...new Set(found.flatMap(({ addresses }) => addresses))];
  }

  #search<T extends object>(limits: WaitOptions, sought: () => Sought<T>): Operation<T> {
    const searches = this.#searches;
    const parts = this.#parts;
    return op(function* () {
      const search = new Search<T>(parts, sought());
      searches.add(search);
      try {
        const explain = (error: Error): Error => search.explain(error);
        return yield* search.result.limit(parts.engine, limits, () => search.stop(), explain);
      } finally {
        searches.delete(search);
        search.stop();
      }
    });
  }

  *#all(
    request: FindRequest,
    name: string,
    at: LocateOptions["at"],
    signal: AbortSignal | undefined,
  ): Steps<readonly object[]> {
    const { targets, around } = this.#parts;
    signal?.throwIfAborted();
    const only = at === undefined ? undefined : this.#peerOf(at);
    const found = yield* this.#ask(
      only === undefined ? request : { ...request, own: true },
      only === undefined ? targets() : [only],
      only === undefined || only === around.self,
    );
    const references = nearestFirst(found, around).map((one) => this.#reference(name, one, signal));
    const answers = yield* settled(references);
    return answers.flatMap((answer) =>
      answer.type === "returned" && answer.value !== undefined ? [answer.value] : [],
    );
  }

  /** What these peers, and this one, know now; each holder once. */
  *#ask(request: FindRequest, targets: readonly PeerId[], here = true): Steps<readonly Found[]> {
    const { directory, procedures, around } = this.#parts;
    const own = here ? directory.find(request, undefined) : undefined;
    const others = targets.filter((peer) => peer !== around.self);
    const answers = yield* settled(
      others.map((peer) => procedures.call({ peer, server: 0 }, FIND, request, { timeoutMs: ASK_TIMEOUT_MS })),
    );
    const all = new Map<string, Found>();
    if (own !== undefined && "found" in own) for (const one of own.found) all.set(keyOfFound(one), one);
    for (const answer of answers) {
      if (answer.type === "returned") for (const one of parseFound(answer.value).found) all.set(keyOfFound(one), one);
      // One peer's failure doesn't hide another's answer; a single one's is the answer.
      else if (answer.type === "failed" && !here) throw answer.error;
    }
    return [...all.values()];
  }

  #peerOf(at: NonNullable<LocateOptions["at"]>): PeerId {
    if (typeof at === "string") return at;
    if (at.peer !== this.#parts.around.self) this.#parts.learn(at);
    return at.peer;
  }

  #reference(name: string, found: Found, signal: AbortSignal | undefined): Operation<object | undefined> {
    const { router, learn, around } = this.#parts;
    const { peer, server, kind } = found;
    if (peer !== around.self) learn(found);
    const request = { type: "name.lookup", name, ...(kind === undefined ? {} : { kind }) } as const;
    const options = { timeoutMs: ASK_TIMEOUT_MS, ...(signal === undefined ? {} : { signal }) };
    return op(function* () {
      const value = yield* router.request({ peer, server }, request, options);
      return typeof value === "object" && value !== null ? value : undefined;
    });
  }
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
