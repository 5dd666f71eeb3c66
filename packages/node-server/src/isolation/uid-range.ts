/** User ids for server processes that run as users of their own: one for each process, none for two at a time on a machine. */
import { accessSync, constants, lstatSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { SkeinError } from "@skein/runtime";
import { type LockTaken, takeLockFile } from "../lock-file.ts";
import { endAllOfNow } from "./left-programs.ts";

/** Given to nobody by the usual systems (systemd leaves 60578 to 61183 free), and there in containers too. */
export const FIRST_UID = 60_600;
/** More processes at a time a machine's nodes do not start: two for each of 256 servers. */
export const UIDS_LIMIT = 512;
/** Where nodes of a machine note which are taken: in the first that root may write. The system empties it when it starts. */
const FOLDERS: readonly string[] = ["/run/skein-uids", "/var/run/skein-uids", "/tmp/skein-uids"];

export interface UidRangeOptions {
  /** A lock for each is kept in the first that is there or can be made. */
  readonly folders?: readonly string[];
  /** Ends what a node that was killed had running as that user. */
  readonly endAll?: (uid: number) => void;
}

export class UidRange {
  readonly #folders: readonly string[];
  readonly #endAll: (uid: number) => void;
  readonly #taken = new Map<number, LockTaken>();
  #folder: string | undefined;
  #next = 0;

  constructor({ folders = FOLDERS, endAll = endAllOfNow }: UidRangeOptions = {}) {
    this.#folders = folders;
    this.#endAll = endAll;
  }

  /** Finds where other nodes of this machine are told. @throws {SkeinError} `OPTION_INVALID` when they can't be */
  open(): string {
    this.#folder ??= this.#folders.find(isOwn);
    if (this.#folder !== undefined) return this.#folder;
    throw new SkeinError(
      "OPTION_INVALID",
      `none of ${this.#folders.join(", ")} is a folder that this node may write: other nodes of this machine could take the same user ids`,
      { hint: "make one of them, owned by the node's user (systemd: RuntimeDirectory=skein-uids)" },
    );
  }

  /** @throws {SkeinError} `SETUP_FAILED` when all are taken */
  take(): number {
    const folder = this.open();
    for (let tried = 0; tried < UIDS_LIMIT; tried += 1) {
      const uid = FIRST_UID + this.#next;
      this.#next = (this.#next + 1) % UIDS_LIMIT;
      if (this.#taken.has(uid)) continue;
      const lock = takeLockFile(join(folder, String(uid)));
      if (!lock.taken) continue;
      this.#taken.set(uid, lock);
      if (lock.stale) this.#endAll(uid);
      return uid;
    }
    throw new SkeinError("SETUP_FAILED", `all ${UIDS_LIMIT} user ids for server processes of this machine are in use`, {
      hint: "give its nodes fewer servers (--servers)",
    });
  }

  /** Nothing runs as it any more, and nothing is left that it owns. */
  giveBack(uid: number): void {
    this.#taken.get(uid)?.close();
    this.#taken.delete(uid);
  }
}

/** Whether it is a folder of this user, where nobody else can put a lock; it is made where there is none. */
function isOwn(folder: string): boolean {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch {
    // It is there, or can't be made: seen below.
  }
  try {
    const { mode, uid } = lstatSync(folder);
    accessSync(folder, constants.W_OK);
    return (mode & constants.S_IFMT) === constants.S_IFDIR && (mode & 0o022) === 0 && uid === process.getuid?.();
  } catch {
    return false;
  }
}
