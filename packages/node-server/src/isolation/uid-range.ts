/** User ids for server processes that run as users of their own: one for each process, none for two at a time. */
import { SkeinError } from "@skein/runtime";

/** Given to nobody by the usual systems (systemd leaves 60578 to 61183 free), and there in containers too. */
export const FIRST_UID = 60_600;
/** More processes at a time a node does not start: two for each of 256 servers. */
export const UIDS_LIMIT = 512;

export class UidRange {
  readonly #taken = new Set<number>();
  #next = 0;

  /** @throws {SkeinError} `SETUP_FAILED` when all are taken */
  take(): number {
    for (let tried = 0; tried < UIDS_LIMIT; tried += 1) {
      const uid = FIRST_UID + this.#next;
      this.#next = (this.#next + 1) % UIDS_LIMIT;
      if (this.#taken.has(uid)) continue;
      this.#taken.add(uid);
      return uid;
    }
    throw new SkeinError("SETUP_FAILED", `all ${UIDS_LIMIT} user ids for server processes are in use`, {
      hint: "give the node fewer servers (--servers)",
    });
  }

  /** Nothing runs as it any more, and nothing is left that it owns. */
  giveBack(uid: number): void {
    this.#taken.delete(uid);
  }
}
