/** Asks the scheduler's process of a cluster, a `skein up`, for something it can give. */
import type { Role } from "@skein/runtime";
import { joinCluster } from "../join-cluster.ts";

/** Joins the cluster of `link` (or of this machine) as one of `needs`, calls the procedure, and leaves again. */
export async function callUp(
  link: string | undefined,
  needs: readonly Role[],
  procedure: string,
  args: unknown,
): Promise<unknown> {
  const { peer, scheduler } = await joinCluster(link, { needs });
  try {
    return await peer.procedures.call({ peer: scheduler.peer, server: 0 }, procedure, args);
  } finally {
    await peer.close();
  }
}
