/** Exit codes of the command `skein`, and which one an error gets. */
import { isSkeinError } from "@skein/runtime";

export const EXIT = { done: 0, failed: 1, wrongUse: 2, noCluster: 3, stuck: 13, interrupted: 130 } as const;

const WRONG_USE = new Set(["OPTION_INVALID", "SECRET_WEAK"]);
const NO_CLUSTER = new Set(["NO_CLUSTER", "PEER_UNREACHABLE", "NOT_A_MEMBER", "INVITE_EXPIRED", "INVITE_USED"]);

export function exitCodeOf(error: unknown): number {
  if (!isSkeinError(error)) return EXIT.failed;
  if (WRONG_USE.has(error.code)) return EXIT.wrongUse;
  return NO_CLUSTER.has(error.code) ? EXIT.noCluster : EXIT.failed;
}
