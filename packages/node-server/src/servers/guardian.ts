/** A small shell beside this process: when the process dies, however it dies, the process groups it watches are killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { Socket } from "node:net";
import type { Logger } from "@skein/runtime";

/**
 * Reads `+ PID` and `- PID` from its standard input, which ends when the parent is gone, also after `kill -9` and
 * also while a server computes and hears nothing. It ignores the signals of a terminal, to do this last thing.
 */
const SCRIPT = `
trap '' INT TERM HUP QUIT
groups=' '
while read -r verb pid; do
  case "$verb" in
    +) groups="$groups$pid " ;;
    -) case "$groups" in *" $pid "*) groups="\${groups%% $pid *} \${groups#* $pid }" ;; esac ;;
  esac
done
for pid in $groups; do kill -s KILL -- "-$pid" 2>/dev/null; done
`;

/** A guardian that keeps dying isn't started for ever: servers then only notice a lost parent by their link. */
const STARTS_LIMIT = 5;

/** Watches over process groups. Processes whose guardian can't be started (no `/bin/sh`) still end with their link. */
export class Guardian {
  readonly #logger: Logger;
  readonly #groups = new Set<number>();
  #shell: ChildProcess | undefined;
  #starts = 0;
  #closed = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  watch(pid: number): void {
    this.#groups.add(pid);
    if (this.#shell === undefined) this.#start();
    else this.#tell(`+ ${pid}\n`);
  }

  /** The group has ended: its number may soon be another's. */
  forget(pid: number): void {
    if (this.#groups.delete(pid)) this.#tell(`- ${pid}\n`);
  }

  /** Ends the shell, which kills what is still watched; twice does nothing. */
  close(): void {
    this.#closed = true;
    this.#shell?.stdin?.end();
    this.#shell = undefined;
  }

  #start(): void {
    if (this.#closed || process.platform === "win32") return;
    if (this.#starts === STARTS_LIMIT) {
      this.#logger.warn("guardian.given-up", { starts: STARTS_LIMIT });
      return;
    }
    this.#starts += 1;
    // A session of its own: what kills this process's group or terminal leaves it alone.
    const shell = spawn("/bin/sh", ["-c", SCRIPT], {
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
      cwd: "/",
      env: {},
    });
    this.#shell = shell;
    const ended = (): void => {
      if (this.#shell !== shell) return;
      this.#shell = undefined;
      if (this.#groups.size > 0) this.#start();
    };
    shell.on("error", ended).on("exit", ended);
    shell.stdin.on("error", () => {}); // it has ended, which `exit` tells
    shell.unref();
    if (shell.stdin instanceof Socket) shell.stdin.unref();
    for (const pid of this.#groups) this.#tell(`+ ${pid}\n`);
  }

  #tell(line: string): void {
    this.#shell?.stdin?.write(line);
  }
}
