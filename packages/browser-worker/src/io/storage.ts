/** The ability `storage`: each client's tasks have their own values, and all of them together the room that was given. */
import { SkeinError } from "@skein/runtime";
import { ABILITY_KEY_LIMIT, ABILITY_STORED_FOR_MS, ABILITY_STORED_IN_USE_MS } from "@skein/runtime/host";
import type { Abilities } from "./abilities.ts";
import { type Ability, textOf, unavailable, wrong } from "./ability.ts";

const DATABASE = "skein-io";
/** By client and key. */
const VALUES = "values";
/** By client: how much it has, and when it used it last. */
const CLIENTS = "clients";

interface Entry {
  readonly value: string | Uint8Array;
  readonly bytes: number;
}

interface Uses {
  readonly bytes: number;
  readonly usedMs: number;
}

/** Whose room it is, and when. */
interface Room {
  readonly client: string;
  readonly quotaBytes: number;
  readonly nowMs: number;
}

/** `client` is asked for at the first use, when it is known; `database` and the clock are others in tests. */
export function storageAbility(
  { quotaBytes }: NonNullable<Abilities["storage"]>,
  client: () => string | undefined,
  { database = DATABASE, now = () => Date.now() }: { readonly database?: string; readonly now?: () => number } = {},
): Ability {
  let opened: Promise<IDBDatabase> | undefined;
  const room = (): Room => {
    const owner = client();
    if (owner === undefined) throw unavailable("storage", "it is not known yet whose task this is");
    return { client: owner, quotaBytes, nowMs: now() };
  };
  const forget = (): void => (opened = undefined);
  const open = async (mine: Room): Promise<IDBDatabase> => {
    const base = await openDatabase(database);
    // Its owner takes it back, in this tab or another.
    base.addEventListener("versionchange", () => {
      forget();
      base.close();
    });
    await begin(base, mine);
    return base;
  };
  const base = async (mine: Room): Promise<IDBDatabase> => {
    const opening = (opened ??= open(mine));
    // What failed is tried again.
    opening.catch(forget);
    return await opening;
  };
  return {
    calls: {
      get: async ([name]) => {
        const [key, mine] = [keyOf(name), room()];
        const values = (await base(mine)).transaction(VALUES).objectStore(VALUES);
        // Written below, and by nobody else.
        return ((await done(values.get([mine.client, key]))) as Entry | undefined)?.value;
      },
      set: async ([name, value]) => {
        const [key, mine] = [keyOf(name), room()];
        if (typeof value !== "string" && !(value instanceof Uint8Array)) throw wrong("only text and bytes are stored");
        // A clone of a view takes the whole buffer behind it.
        const own = typeof value === "string" ? value : value.slice();
        await change(await base(mine), mine, key, { value: own, bytes: sizeOf(key, own) });
        return undefined;
      },
      remove: async ([name]) => {
        const [key, mine] = [keyOf(name), room()];
        await change(await base(mine), mine, key, undefined);
        return undefined;
      },
    },
    end: () => void opened?.then((one) => one.close()).catch(() => undefined),
  };
}

/** Drops what all clients have kept here. Never rejects: where nothing may be kept, nothing is. */
export async function forgetStored(database: string = DATABASE): Promise<void> {
  try {
    await done(indexedDB.deleteDatabase(database));
  } catch {
    // This browser keeps nothing here.
  }
}

const keyOf = (name: unknown): string => textOf(name, "the key", ABILITY_KEY_LIMIT);

/** As much as it takes at most: text is kept in UTF-16. */
const sizeOf = (key: string, value: string | Uint8Array): number =>
  2 * key.length + (typeof value === "string" ? 2 * value.length : value.byteLength);

/** All of a client: each key is text, and every text comes before an array. */
const allOf = (client: string): IDBKeyRange => IDBKeyRange.bound([client], [client, []]);

/** Who uses it now, and who has not for long: that is dropped. */
async function begin(base: IDBDatabase, { client, nowMs }: Room): Promise<void> {
  const transaction = base.transaction([VALUES, CLIENTS], "readwrite");
  const ended = ending(transaction);
  const clients = await usesOf(transaction);
  transaction.objectStore(CLIENTS).put({ bytes: clients.get(client)?.bytes ?? 0, usedMs: nowMs }, client);
  for (const [other, { usedMs }] of clients) {
    if (other !== client && nowMs - usedMs >= ABILITY_STORED_FOR_MS) drop(transaction, other);
  }
  await ended;
}

/** In one transaction, so that the totals stay true whatever other tabs do. */
async function change(base: IDBDatabase, room: Room, key: string, entry: Entry | undefined): Promise<void> {
  const { client, quotaBytes, nowMs } = room;
  const transaction = base.transaction([VALUES, CLIENTS], "readwrite");
  const values = transaction.objectStore(VALUES);
  const ended = ending(transaction);
  const clients = await usesOf(transaction);
  // Written here.
  const before = (await done(values.get([client, key]))) as Entry | undefined;
  const own = (clients.get(client)?.bytes ?? 0) - (before?.bytes ?? 0) + (entry?.bytes ?? 0);
  clients.set(client, { bytes: own, usedMs: nowMs });
  let bytes = [...clients.values()].reduce((sum, one) => sum + one.bytes, 0);
  if (entry !== undefined && bytes > quotaBytes) {
    for (const [other, held] of longestUnused(clients, room)) {
      if (bytes <= quotaBytes) break;
      drop(transaction, other);
      bytes -= held.bytes;
    }
    if (bytes > quotaBytes) {
      // Nobody loses anything where it would not do.
      transaction.abort();
      await ended.catch(() => undefined);
      throw new SkeinError("FILE_TOO_LARGE", `storage: it would hold ${bytes} bytes of ${quotaBytes}`, {
        hint: "that is what the tab's owner gives to all clients: remove something first",
      });
    }
  }
  if (entry === undefined) values.delete([client, key]);
  else values.put(entry, [client, key]);
  transaction.objectStore(CLIENTS).put({ bytes: own, usedMs: nowMs }, client);
  await ended;
}

/** Others whose values make room, in their order; not of those that use it now. */
const longestUnused = (
  clients: ReadonlyMap<string, Uses>,
  { client, nowMs }: Room,
): readonly (readonly [string, Uses])[] =>
  [...clients]
    .filter(([other, { usedMs }]) => other !== client && nowMs - usedMs >= ABILITY_STORED_IN_USE_MS)
    .toSorted(([, a], [, b]) => a.usedMs - b.usedMs);

async function usesOf(transaction: IDBTransaction): Promise<Map<string, Uses>> {
  const store = transaction.objectStore(CLIENTS);
  const [names, uses] = await Promise.all([done(store.getAllKeys()), done(store.getAll())]);
  // Both were written here.
  return new Map(names.map((name, index) => [name as string, uses[index] as Uses]));
}

function drop(transaction: IDBTransaction, client: string): void {
  transaction.objectStore(VALUES).delete(allOf(client));
  transaction.objectStore(CLIENTS).delete(client);
}

async function openDatabase(name: string): Promise<IDBDatabase> {
  if (!("indexedDB" in globalThis)) throw unavailable("storage", "this browser keeps nothing here");
  try {
    const request = indexedDB.open(name, 1);
    request.addEventListener("upgradeneeded", () => {
      request.result.createObjectStore(VALUES);
      request.result.createObjectStore(CLIENTS);
    });
    return await done(request);
  } catch (error) {
    throw unavailable("storage", `this browser keeps nothing here: ${String(error)}`);
  }
}

async function done<T>(request: IDBRequest<T>): Promise<T> {
  return await new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error ?? new Error("the database failed")));
  });
}

async function ending(transaction: IDBTransaction): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    transaction.addEventListener("complete", () => resolve());
    transaction.addEventListener("abort", () => reject(transaction.error ?? new Error("it was aborted")));
  });
}
