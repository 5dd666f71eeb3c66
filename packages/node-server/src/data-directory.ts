/** The data directory: identity, keys and code of this machine, for one process at a time; and what `skein up` says of itself. */
import { chmodSync, mkdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { SkeinError } from "@skein/runtime";
import { lockHolder, takeLockFile } from "./lock-file.ts";
import type { ProcessMark } from "./process-mark.ts";

/** `$SKEIN_DATA`, else `skein` below `$XDG_DATA_HOME`, else `~/.local/share/skein`. */
export function defaultDataPath(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  const { SKEIN_DATA: own, XDG_DATA_HOME: xdg } = environment;
  if (own !== undefined && own !== "") return resolve(own);
  if (xdg !== undefined && xdg !== "") return join(resolve(xdg), "skein");
  return join(homedir(), ".local", "share", "skein");
}

/** A locked data directory. */
export interface DataDirectory extends Disposable {
  readonly path: string;
  /** Where code bundles are kept. */
  readonly codePath: string;
  /** Where files of other peers are kept. */
  readonly filesPath: string;
  /** Lets go of the lock; twice does nothing. */
  close(): void;
}

/**
 * Makes (mode 0700) and locks the data directory at `path`. The lock of a process that is gone is taken over.
 *
 * @throws {SkeinError} `OPTION_INVALID` when another process has it, or when it can't be made
 * @example
 * using data = openDataDirectory(config.data);
 */
export function openDataDirectory(path: string): DataDirectory {
  makePrivate(path);
  const lock = takeLockFile(join(path, "lock"));
  if (!lock.taken) throw inUse(path, lock.holder);
  const close = (): void => lock.close();
  return { path, codePath: join(path, "code"), filesPath: join(path, "files"), close, [Symbol.dispose]: close };
}

function makePrivate(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    // One made by hand with a laxer mode: keys are about to be kept in it.
    if (process.platform !== "win32" && (statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o700);
  } catch (error) {
    throw new SkeinError("OPTION_INVALID", `the data directory ${path} can't be used: ${String(error)}`, {
      hint: "name one of your own: data in a program, --data or SKEIN_DATA of a command",
      cause: error,
    });
  }
}

function inUse(path: string, pid: number | undefined): SkeinError {
  return new SkeinError(
    "OPTION_INVALID",
    `the data directory ${path} is in use${pid === undefined ? "" : ` by process ${pid}`}`,
    {
      hint: "end that process, or give this one a directory of its own: data in a program, --data of a command",
    },
  );
}

/** The process that has the data directory at `path`, while it runs. */
export const dataHolder = (path: string): ProcessMark | undefined => lockHolder(join(path, "lock"));
