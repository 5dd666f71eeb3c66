/** What runs in each tab. */
import { type RemoteTaskContext } from "skein";

export interface Look {
  /** What the server said, or why it could not be asked from there. */
  readonly outcome: string;
  readonly tookMs: number;
}

/** The page asks for it, from where it is. */
export async function look(task: RemoteTaskContext, url: string): Promise<Look> {
  const sinceMs = performance.now();
  const took = (outcome: string) => ({ outcome, tookMs: Math.round(performance.now() - sinceMs) });
  try {
    const { status, bytes } = await task.io.fetch(url, { timeoutMs: 10_000 });
    return took(`${status}, ${bytes.length} bytes`);
  } catch (error) {
    // A tab's owner may not allow that site, or the site no pages.
    return took(String((error as { readonly code?: string }).code));
  }
}
