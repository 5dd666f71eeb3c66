/** Waits for what may never end, as a dial of a page that is gone meanwhile, until a signal. */

/** What `work` gives; `late` gets what it gives after the abort. @throws the signal's reason, or what `work` throws */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal, late: (value: T) => void): Promise<T> {
  return await new Promise<T>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    const ended = (value: T): void => {
      signal.removeEventListener("abort", onAbort);
      if (signal.aborted) late(value);
      else resolve(value);
    };
    const failed = (error: unknown): void => {
      signal.removeEventListener("abort", onAbort);
      reject(error);
    };
    work.then(ended, failed);
  });
}
