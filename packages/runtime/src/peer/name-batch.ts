/** Collects the names that a process registers and frees in one turn, to tell of them at once. */
import type { Platform } from "../platform.ts";
import type { DirectoryName } from "./directory-records.ts";

/** Names told in one note. */
const BATCH_LIMIT = 1000;

export class NameBatch {
  readonly #platform: Pick<Platform, "microtask">;
  readonly #tell: (added: readonly DirectoryName[], removed: readonly DirectoryName[]) => void;
  /** By name, kind and process: the last word counts. */
  readonly #changed = new Map<string, { readonly held: DirectoryName; readonly added: boolean }>();
  #armed = false;
  #closed = false;

  constructor(
    platform: Pick<Platform, "microtask">,
    tell: (added: readonly DirectoryName[], removed: readonly DirectoryName[]) => void,
  ) {
    this.#platform = platform;
    this.#tell = tell;
  }

  add(held: DirectoryName): void {
    this.#change(held, true);
  }

  remove(held: DirectoryName): void {
    this.#change(held, false);
  }

  /** Tells now what has changed since the last time. */
  flush(): void {
    const changes = [...this.#changed.values()];
    this.#changed.clear();
    for (let from = 0; from < changes.length; from += BATCH_LIMIT) {
      const batch = changes.slice(from, from + BATCH_LIMIT);
      this.#tell(
        batch.flatMap(({ held, added }) => (added ? [held] : [])),
        batch.flatMap(({ held, added }) => (added ? [] : [held])),
      );
    }
  }

  close(): void {
    this.#closed = true;
    this.#changed.clear();
  }

  #change(held: DirectoryName, added: boolean): void {
    if (this.#closed) return;
    this.#changed.set(`${held.kind} ${held.server} ${held.name}`, { held, added });
    if (this.#armed) return;
    this.#armed = true;
    this.#platform.microtask(() => {
      this.#armed = false;
      if (!this.#closed) this.flush();
    });
  }
}
