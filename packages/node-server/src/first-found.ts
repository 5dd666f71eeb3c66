/** Several searches at once, of which the first one counts that finds something. */

/**
 * Begins `looks` all at once, and gives what the first of them has found, in their order. The others are told by the
 * signal to give up, and what they find all the same goes to `spare`. Gives `undefined` when none has found anything.
 *
 * @throws what the first one throws that does not find anything, of those before the one that does
 */
export async function firstFound<T>(
  looks: readonly ((signal: AbortSignal) => Promise<T | undefined>)[],
  spare: (found: T) => PromiseLike<unknown>,
): Promise<T | undefined> {
  const end = new AbortController();
  const begun = looks.map((look) => look(end.signal));
  let next = 0;
  try {
    for (const look of begun) {
      next += 1;
      const found = await look;
      if (found !== undefined) return found;
    }
    return undefined;
  } finally {
    end.abort();
    for (const look of begun.slice(next)) void drop(look, spare);
  }
}

async function drop<T>(look: Promise<T | undefined>, spare: (found: T) => PromiseLike<unknown>): Promise<void> {
  try {
    const found = await look;
    if (found !== undefined) await spare(found);
  } catch {
    // It was told to give up.
  }
}
