/** The ability `storage`: a database of its own for each client's tasks, up to a quota. */
import { SkeinError } from "@skein/runtime";
import { ABILITY_KEY_LIMIT } from "@skein/runtime/host";
import type { Abilities } from "./abilities.ts";
import { type Ability, textOf, unavailable, wrong } from "./ability.ts";

const VALUES = "values";
/** Its one record: how many bytes there are. */
const TOTAL = "total";

interface Entry {
  readonly value: string | Uint8Array;
  readonly bytes: number;
}

/** `client` names the database; it is asked for at the first use, when it is known. */
export function storageAbility(
  { quotaBytes }: NonNullable<Abilities["storage"]>,
  client: () => string | undefined,
): Ability {
  let opened: Promise<IDBDatabase> | undefined;
  const database = async (): Promise<IDBDatabase> => {
    const owner = client();
    if (owner === undefined) throw unavailable("storage", "it is not known yet whose task this is");
    const mine = (opened ??= openDatabase(`skein-io-${owner}`));
    // What failed is tried again.
    mine.catch(() => (opened = undefined));
    return await mine;
  };
  return {
    calls: {
      get: async ([name]) => {
        const key = keyOf(name);
        const values = (await database()).transaction(VALUES).objectStore(VALUES);
        // Written below, and by nobody else.
        return ((await done(values.get(key))) as Entry | undefined)?.value;
      },
      set: async ([name, value]) => {
        const key = keyOf(name);
        if (typeof value !== "string" && !(value instanceof Uint8Array)) throw wrong("only text and bytes are stored");
        // A clone of a view takes the whole buffer behind it.
        const own = typeof value === "string" ? value : value.slice();
        await change(await database(), key, { value: own, bytes: sizeOf(key, own) }, quotaBytes);
        return undefined;
      },
      remove: async ([name]) => {
        await change(await database(), keyOf(name), undefined, quotaBytes);
        return undefined;
      },
    },
    end: () => void opened?.then((base) => base.close()).catch(() => undefined),
  };
}

const keyOf = (name: unknown): string => textOf(name, "the key", ABILITY_KEY_LIMIT);

/** As much as it takes at most: text is kept in UTF-16. */
const sizeOf = (key: string, value: string | Uint8Array): number =>
  2 * key.length + (typeof value === "string" ? 2 * value.length : value.byteLength);

/** In one transaction, so that the total stays true whatever other tabs do. */
async function change(base: IDBDatabase, key: string, entry: Entry | undefined, quotaBytes: number): Promise<void> {
  const transaction = base.transaction([VALUES, TOTAL], "readwrite");
  const values = transaction.objectStore(VALUES);
  const totals = transaction.objectStore(TOTAL);
  const ended = ending(transaction);
  // Both were written here.
  const before = (await done(values.get(key))) as Entry | undefined;
  const total = ((await done(totals.get(TOTAL))) as number | undefined) ?? 0;
  const bytes = total - (before?.bytes ?? 0) + (entry?.bytes ?? 0);
  if (entry !== undefined && bytes > quotaBytes) {
    transaction.abort();
    await ended.catch(() => undefined);
    throw new SkeinError("FILE_TOO_LARGE", `storage: it would hold ${bytes} bytes of ${quotaBytes}`, {
      hint: "that is what the tab's owner gives: remove something first",
    });
  }
  if (entry === undefined) values.delete(key);
  else values.put(entry, key);
  totals.put(bytes, TOTAL);
  await ended;
}

async function openDatabase(name: string): Promise<IDBDatabase> {
  if (!("indexedDB" in globalThis)) throw unavailable("storage", "this browser keeps nothing here");
  try {
    const request = indexedDB.open(name, 1);
    request.addEventListener("upgradeneeded", () => {
      request.result.createObjectStore(VALUES);
      request.result.createObjectStore(TOTAL);
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
