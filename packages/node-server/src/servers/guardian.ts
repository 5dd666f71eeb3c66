/** A small shell beside this process: when the process dies, however it dies, what it watches is killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { Socket } from "node:net";
import type { Logger } from "@skein/runtime";

/**
 * Reads `+ TARGET` and `- TARGET` (as `kill` takes them: a process, or a group with a minus) and `= FOLDER`, which goes
 * with the parent unless it says `.` in the end, from its standard input, which ends when the parent is gone, also after `kill -9` and also while a server computes and hears nothing. It
 * ignores the signals of a terminal, to do this last thing. A single process gets a moment to end by itself.
 */
const SCRIPT = `
trap '' INT TERM HUP QUIT
targets=' '
while read -r verb target; do
  case "$verb" in
    +) targets="$targets$target " ;;
    -) case "$targets" in *" $target "*) targets="\${targets%% $target *} \${targets#* $target }" ;; esac ;;
    =) set -- "$@" "$target" ;;
    .) set -- ;;
  esac
done
single=
for target in $targets; do
  case "$target" in
    -*) kill -s KILL -- "$target" 2>/dev/null ;;
    *) single="$single $target"; kill -s TERM -- "$target" 2>/dev/null ;;
  esac
done
[ -z "$single" ] || sleep 1
for target in $single; do kill -s KILL -- "$target" 2>/dev/null; done
[ $# -eq 0 ] || rm -rf -- "$@"
`;

/** A guardian that keeps dying isn't started for ever: servers then only notice a lost parent by their link. */
const STARTS_LIMIT = 5;

/** Watches over processes and groups of them. Those whose guardian can't be started (no `/bin/sh`) still end with their link. */
export class Guardian {
  readonly #logger: Logger;
  /** As `kill` takes them: groups are negative. */
  readonly #targets = new Set<number>();
  readonly #folders = new Set<string>();
  #shell: ChildProcess | undefined;
  #starts = 0;
  #closed = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Watches over a process, or over the group of that number where it is negative. */
  watch(target: number): void {
    this.#targets.add(target);
    if (this.#shell === undefined) this.#start();
    else this.#tell(`+ ${target}\n`);
  }

  /** It has ended: its number may soon be another's. */
  forget(target: number): void {
    if (this.#targets.delete(target)) this.#tell(`- ${target}\n`);
  }

  /** A folder that is removed when this process is gone; as long as it lives that is its own matter. */
  removes(folder: string): void {
    this.#folders.add(folder);
    this.#tell(`= ${folder}\n`);
  }

  /** Ends the shell, which kills what is still watched; twice does nothing. */
  close(): void {
    this.#closed = true;
    this.#tell(".\n");
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
      if (this.#targets.size > 0) this.#start();
    };
    shell.on("error", ended).on("exit", ended);
    shell.stdin.on("error", () => {}); // it has ended, which `exit` tells
    shell.unref();
    if (shell.stdin instanceof Socket) shell.stdin.unref();
    for (const target of this.#targets) this.#tell(`+ ${target}\n`);
    for (const folder of this.#folders) this.#tell(`= ${folder}\n`);
  }

  #tell(line: string): void {
    this.#shell?.stdin?.write(line);
  }
}
