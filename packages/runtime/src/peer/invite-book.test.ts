import { expect, test } from "vitest";
import { INVITE_JOINED_KEPT, INVITE_KEPT_FOR_MS, INVITES_KEPT_LIMIT } from "../defaults.ts";
import type { ClusterId } from "../ids.ts";
import { createHostPlatform } from "../testing/host-platform.ts";
import { DAY_MS } from "../units.ts";
import { peerIdOf } from "./identity.ts";
import { InviteBook } from "./invite-book.ts";
import { clusterIdOf, signInvite } from "./membership.ts";
import { memoryPeerStore, type PeerStore } from "./peer-store.ts";
import { RevocationBook } from "./revocation-book.ts";

const host = createHostPlatform();
const keys = host.generateKey();
const cluster = clusterIdOf(keys.publicKey);
const somebody = () => peerIdOf(host.generateKey().publicKey);
const nobody = () => undefined;

function bookOf(store: PeerStore, shiftMs = 0, of: ClusterId = cluster) {
  const platform = { ...host, wallMs: () => host.wallMs() + shiftMs };
  const revocations = new RevocationBook(platform, store, of, []);
  const invite = (id: string, uses = 1): string =>
    signInvite(platform, keys.privateKey, {
      cluster,
      id,
      roles: ["node"],
      uses,
      expiresMs: platform.wallMs() + DAY_MS,
      addresses: ["/memory/a"],
    });
  return {
    invite,
    open: async () => new InviteBook(platform, store, of, (await store.load()).invites ?? []),
    list: (book: InviteBook) => book.list(revocations, nobody),
  };
}

test("a book of invites is kept, with who joined; another cluster's are none of its own", async () => {
  const store = memoryPeerStore();
  const { invite, open, list } = bookOf(store);
  const book = await open();
  await book.made(invite("one"));
  await book.made(invite("two"));
  const peer = somebody();
  await store.save(book.joined("one", peer));
  await store.save(book.joined("none", peer));
  const states = (all: InviteBook) => list(all).invites.map(({ id, state, joined }) => [id, state, joined.length]);
  expect(states(await open())).toEqual([
    ["two", "open", 0],
    ["one", "used", 1],
  ]);
  expect(states(await bookOf(store, 2 * DAY_MS).open()).length).toBe(2);
  const later = bookOf(store, 2 * DAY_MS);
  expect(later.list(await later.open()).invites.map(({ state }) => state)).toEqual(["expired", "used"]);
  const other = bookOf(store, 0, clusterIdOf(host.generateKey().publicKey));
  expect(other.list(await other.open()).invites).toEqual([]);
});

test("of too many the oldest are left out, and of too many that joined by one their number is left", async () => {
  const store = memoryPeerStore();
  const { invite, open, list } = bookOf(store);
  const book = await open();
  for (let n = 0; n <= INVITES_KEPT_LIMIT; n += 1) await book.made(invite(`invite${n}`, 1000));
  expect(list(book)).toMatchObject({ more: 1, invites: { length: INVITES_KEPT_LIMIT } });
  const peer = somebody();
  for (let n = 0; n <= INVITE_JOINED_KEPT; n += 1) book.joined("invite7", peer);
  const full = list(book).invites.find(({ id }) => id === "invite7");
  expect(full).toMatchObject({ more: 1, state: "open", joined: { length: INVITE_JOINED_KEPT } });
  // What has expired long ago goes when another is made.
  const later = bookOf(store, INVITE_KEPT_FOR_MS + 2 * DAY_MS);
  const again = await later.open();
  await again.made(later.invite("new"));
  expect(later.list(again)).toMatchObject({ more: 0, invites: [{ id: "new" }] });
});
