/** How a tab leaves its cluster: its page's life is watched until nothing runs here any more. */
import type { CloseOptions } from "@skein/runtime";

export interface LeavingParts {
  readonly life: { close(): void };
  readonly work: { close(options: CloseOptions): Promise<void> };
  readonly closePeer: (options: CloseOptions) => PromiseLike<void>;
}

/**
 * Gives what leaves. Without `cancel` it waits for what runs; a page that is left or hidden meanwhile is told as before.
 * Twice does nothing more; with `cancel` it ends one that waits.
 */
export function leaving({ life, work, closePeer }: LeavingParts): (options: CloseOptions) => Promise<void> {
  return async (options) => {
    const ended = work.close(options);
    try {
      if (options.cancel !== true) await ended;
    } finally {
      life.close();
    }
    // With `cancel` in the same turn: a page that is left has no other.
    await Promise.all([closePeer(options), ended]);
  };
}
