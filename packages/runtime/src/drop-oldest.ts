/** Keeps what grows within a bound. */

/** A Map or a Set, in the order in which its keys came. */
interface Keyed<K> {
  readonly size: number;
  keys(): Iterable<K>;
  delete(key: K): boolean;
}

/** Takes out what came first, until no more than `limit` are left. */
export function dropOldest<K>(all: Keyed<K>, limit: number): void {
  for (const oldest of all.keys()) {
    if (all.size <= limit) return;
    all.delete(oldest);
  }
}
