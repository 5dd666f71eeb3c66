/** The invites that the holder of a cluster's key has made, and who joined by each; kept in its store. */
import { INVITE_JOINED_KEPT, INVITE_KEPT_FOR_MS, INVITES_KEPT_LIMIT } from "../defaults.ts";
import type { ClusterId, PeerId } from "../ids.ts";
import type { Platform } from "../platform.ts";
import type { InviteInfo, InviteList } from "./invite-words.ts";
import { type Invite, readInvite } from "./membership.ts";
import type { PeerState, PeerStore } from "./peer-store.ts";
import type { RevocationBook } from "./revocation-book.ts";

/** An invite as it is kept: its text says the rest. */
export interface KeptInvite {
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly madeMs: number;
  /** Who joined by it, first come first. */
  readonly joined: readonly { readonly peer: PeerId; readonly joinedMs: number }[];
  /** So many more joined, of whom nothing is kept. */
  readonly more?: number;
}

interface Entry {
  readonly invite: Invite;
  kept: KeptInvite;
}

export class InviteBook {
  readonly #platform: Platform;
  readonly #store: PeerStore;
  /** By their ids, oldest first. */
  readonly #entries = new Map<string, Entry>();
  readonly #listeners = new Set<() => void>();
  /** Older ones that are no longer kept. */
  #dropped = 0;

  constructor(platform: Platform, store: PeerStore, cluster: ClusterId, kept: readonly KeptInvite[]) {
    this.#platform = platform;
    this.#store = store;
    for (const one of kept) {
      const invite = read(one.text);
      if (invite?.cluster === cluster) this.#entries.set(invite.id, { invite, kept: one });
    }
  }

  /** Keeps an invite that was just made; resolves when it is kept. */
  async made(text: string): Promise<void> {
    const nowMs = this.#platform.wallMs();
    for (const [id, { invite }] of this.#entries) {
      const over = invite.expiresMs + INVITE_KEPT_FOR_MS < nowMs;
      if (!over && this.#entries.size < INVITES_KEPT_LIMIT) continue;
      if (!over) this.#dropped += 1;
      this.#entries.delete(id);
    }
    const invite = readInvite(text);
    this.#entries.set(invite.id, { invite, kept: { text, madeMs: nowMs, joined: [] } });
    this.changed();
    await this.#store.save(this.#state());
  }

  /** Somebody has joined by the invite of that id. @returns what is to be kept then */
  joined(id: string, peer: PeerId): PeerState {
    const entry = this.#entries.get(id);
    if (entry === undefined) return {};
    const { kept } = entry;
    const { joined, more = 0 } = kept;
    entry.kept =
      joined.length < INVITE_JOINED_KEPT
        ? { ...kept, joined: [...joined, { peer, joinedMs: this.#platform.wallMs() }] }
        : { ...kept, more: more + 1 };
    this.changed();
    return this.#state();
  }

  /** All that are kept, newest first. `nameOf`: of a peer that is connected. */
  list(revocations: RevocationBook, nameOf: (peer: PeerId) => string | undefined): InviteList {
    const entries = [...this.#entries.values()].toReversed();
    return { invites: entries.map((entry) => this.#info(entry, revocations, nameOf)), more: this.#dropped };
  }

  /** Calls back whenever an invite was made, redeemed or ended. */
  onChange(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  #info(
    { invite, kept }: Entry,
    revocations: RevocationBook,
    nameOf: (peer: PeerId) => string | undefined,
  ): InviteInfo {
    const { id, roles, uses, expiresMs, by, about } = invite;
    const { text, madeMs, more = 0 } = kept;
    const joined = kept.joined.map(({ peer, joinedMs }) => {
      const name = nameOf(peer);
      const out = revocations.isOut("peer", peer);
      return { peer, joinedMs, ...(name === undefined ? {} : { name }), ...(out ? { out } : {}) };
    });
    const ended =
      revocations.isOut("invite", id) ||
      (by !== undefined && revocations.isOut("peer", by)) ||
      joined.some(({ out }) => out === true);
    const isUsed = joined.length + more >= uses;
    const state = ended ? "ended" : isUsed ? "used" : this.#platform.wallMs() > expiresMs ? "expired" : "open";
    return {
      id,
      roles,
      uses,
      madeMs,
      expiresMs,
      ...(by === undefined ? {} : { by }),
      ...(about === undefined ? {} : { about }),
      state,
      joined,
      ...(more === 0 ? {} : { more }),
      ...(state === "open" ? { text } : {}),
    };
  }

  #state(): PeerState {
    return { invites: Array.from(this.#entries.values(), ({ kept }) => kept) };
  }
}

/** `undefined` for what was damaged where it was kept: others are shown all the same. */
function read(text: string): Invite | undefined {
  try {
    return readInvite(text);
  } catch {
    return undefined;
  }
}
