/** Searches in the lists of a directory: answered at once, or when there is something to find. */
import { DIRECTORY_WAITS_LIMIT } from "../defaults.ts";
import type { Role } from "../contracts/endpoint.ts";
import { SkeinError } from "../errors.ts";
import type { PeerId } from "../ids.ts";
import { mayUse } from "../message/service-access.ts";
import { Deferred } from "../task/deferred.ts";
import type { DirectoryLists } from "./directory-lists.ts";
import type { DirectoryRecord } from "./directory-records.ts";
import type { FindAnswer, FindRequest, Found } from "./directory-words.ts";

/** One that waits. */
interface Waiting {
  readonly request: FindRequest;
  readonly roles: readonly Role[] | undefined;
  readonly answer: Deferred<FindAnswer>;
}

const KIND_ORDER: readonly string[] = ["task", "channel", "service"];

export class DirectorySearches {
  readonly #self: PeerId;
  readonly #lists: DirectoryLists;
  readonly #waiting = new Map<string, Set<Waiting>>();
  #count = 0;

  constructor(self: PeerId, lists: DirectoryLists) {
    this.#self = self;
    this.#lists = lists;
  }

  /** @throws {SkeinError} `LINK_OVERLOADED` */
  find(request: FindRequest, roles: readonly Role[] | undefined): FindAnswer | Deferred<FindAnswer> {
    const now = this.#search(request, roles);
    if (request.after === undefined || now.change > request.after) return now;
    if (this.#count >= DIRECTORY_WAITS_LIMIT) {
      throw new SkeinError("LINK_OVERLOADED", "too many searches wait for names here", {
        hint: "give `locate` a timeout, or register the names",
      });
    }
    const answer = new Deferred<FindAnswer>("a name to appear").ignore();
    const key = keyOf(request);
    const waiting = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, waiting.add({ request, roles, answer }));
    this.#count += 1;
    return answer;
  }

  giveUp(request: FindRequest, answer: Deferred<FindAnswer>): void {
    const key = keyOf(request);
    for (const one of this.#waiting.get(key) ?? []) if (one.answer === answer) this.#done(key, one);
    // Whoever carries the answer is told that there is none.
    answer.resolve({ found: [], change: 0 });
  }

  /** These names have a holder more. */
  named(names: readonly string[]): void {
    for (const name of names) this.#look(keyOf({ name }));
  }

  joined({ name, peer }: DirectoryRecord): void {
    this.#look(keyOf({ peerName: name }));
    this.#look(keyOf({ peer }));
  }

  close(): void {
    this.#waiting.clear();
    this.#count = 0;
  }

  /** Answers those that find something now. */
  #look(key: string): void {
    for (const one of this.#waiting.get(key) ?? []) {
      const now = this.#search(one.request, one.roles);
      if (now.change <= (one.request.after ?? 0)) continue;
      this.#done(key, one);
      one.answer.resolve(now);
    }
  }

  #done(key: string, one: Waiting): void {
    const waiting = this.#waiting.get(key);
    if (waiting?.delete(one) === true) this.#count -= 1;
    if (waiting?.size === 0) this.#waiting.delete(key);
  }

  /** `change` is 0 when nothing was found. */
  #search(request: FindRequest, roles: readonly Role[] | undefined): FindAnswer {
    return request.name === undefined ? this.#peers(request) : this.#holders(request, request.name, roles);
  }

  #peers({ peer, peerName }: FindRequest): FindAnswer {
    const lists = this.#lists;
    const one = peer === undefined ? undefined : lists.record(peer);
    const found: Found[] = [];
    for (const record of peer === undefined ? lists.records() : one === undefined ? [] : [one]) {
      if (peerName !== undefined && record.name !== peerName) continue;
      found.push({ peer: record.peer, server: 0, addresses: lists.addressesOf(record.peer) });
    }
    return { found, change: found.length === 0 ? 0 : lists.changes };
  }

  #holders({ kind, own }: FindRequest, name: string, roles: readonly Role[] | undefined): FindAnswer {
    const { touched, holdings } = this.#lists.holdings(name);
    const found = holdings
      .filter(({ held, peer }) => {
        if (kind !== undefined && held.kind !== kind) return false;
        if (own === true && peer !== this.#self) return false;
        // Whoever holds the name looks at this again, at the one who asks there.
        return roles === undefined || mayUse(held.who, roles);
      })
      .toSorted((a, b) => KIND_ORDER.indexOf(a.held.kind) - KIND_ORDER.indexOf(b.held.kind))
      .map(({ peer, held }) => ({
        peer,
        server: held.server,
        kind: held.kind,
        addresses: this.#lists.addressesOf(peer),
      }));
    return { found, change: found.length === 0 ? 0 : touched };
  }
}

const keyOf = ({ name, peerName, peer }: FindRequest): string => {
  if (name !== undefined) return `name ${name}`;
  return peerName === undefined ? `peer ${peer ?? ""}` : `peerName ${peerName}`;
};
