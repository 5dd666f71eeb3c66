/** What a node answers on a terminal: `status`, `close`, `open`, `quit`, `terminate`. */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { NodeServer } from "../node-server.ts";
import { nodeStatusText } from "./node-status-text.ts";

export const PROMPT_HELP = `status      how this node stands
close       take no new work; what runs may end
open        take work again
quit        as close, and end when nothing runs any more
terminate   end now; what runs is lost here`;

export interface PromptOptions {
  readonly input: Readable;
  readonly output: Writable;
  readonly node: Pick<NodeServer, "status" | "hold" | "release" | "idle">;
  readonly name: string;
  /** Called once, for `quit` and `terminate`. */
  readonly end: () => void;
  readonly interrupt: () => void;
}

/** Answers until it is disposed, or the input ends. */
export function answerCommands({ input, output, node, name, end, interrupt }: PromptOptions): Disposable {
  const lines = createInterface({
    input,
    output,
    prompt: `${name}> `,
    terminal: "isTTY" in input && input.isTTY === true,
  });
  let over = false;
  const say = (text: string): void => void output.write(`${text}\n`);
  const answers: Readonly<Record<string, () => void>> = {
    status: () => say(nodeStatusText(name, node.status())),
    close: () => {
      node.hold();
      say("takes no new work; open takes work again");
    },
    open: () => {
      node.release();
      say("takes work");
    },
    quit: () => {
      node.hold();
      say("ends when nothing runs any more; terminate ends it now");
      void node.idle().then(end);
    },
    terminate: end,
    exit: () => answers["quit"]?.(),
    help: () => say(PROMPT_HELP),
    "": () => {},
  };
  lines.on("line", (line) => {
    const answer = answers[line.trim().toLowerCase()];
    if (answer === undefined) say(`${JSON.stringify(line.trim())} is none of:\n${PROMPT_HELP}`);
    else answer();
    lines.prompt();
  });
  lines.on("close", () => {
    if (!over) say("\nthe prompt has ended, the node goes on; Ctrl-C ends it");
  });
  lines.on("SIGINT", interrupt); // a terminal in raw mode sends a character, not a signal
  lines.prompt();
  return {
    [Symbol.dispose]: () => {
      over = true;
      lines.close();
    },
  };
}

/** Whether somebody can type here: a job in the background that reads its terminal is stopped by the system. */
export function onTerminal(): boolean {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return false;
  try {
    const stat = readFileSync("/proc/self/stat", "utf8");
    // After the command's name: state, parent, group, session, terminal, and the group in the terminal's foreground.
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return group === foreground;
  } catch {
    return true; // not Linux
  }
}
