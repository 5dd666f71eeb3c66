/** The command `skein`: its subcommands, and what becomes of their errors. */
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { cancelCommand } from "./cancel.ts";
import { checkCommand } from "./check.ts";
import { addCompletion } from "./completion.ts";
import { consoleCommand } from "./console.ts";
import { examplesCommand } from "./examples.ts";
import { EXIT, exitCodeOf } from "./exit-codes.ts";
import { inviteCommand } from "./invite.ts";
import { jobsCommand } from "./jobs.ts";
import { logsCommand } from "./logs.ts";
import { mapCommand } from "./map.ts";
import { nodeCommand } from "./node.ts";
import { sayError } from "./output.ts";
import { revokeCommand } from "./revoke.ts";
import { runCommand } from "./run.ts";
import { schedulerCommand } from "./scheduler.ts";
import { secretCommand } from "./secret.ts";
import { statusCommand } from "./status.ts";
import { steerCommands } from "./steer.ts";
import { topCommand } from "./top.ts";
import { upCommand } from "./up.ts";

/** A subcommand adds itself and leaves its exit code with `done`. */
export type AddCommand = (program: Command, done: (code: number) => void) => void;

const COMMANDS: readonly AddCommand[] = [
  upCommand,
  nodeCommand,
  schedulerCommand,
  runCommand,
  mapCommand,
  statusCommand,
  jobsCommand,
  topCommand,
  logsCommand,
  cancelCommand,
  steerCommands,
  inviteCommand,
  revokeCommand,
  secretCommand,
  checkCommand,
  consoleCommand,
  examplesCommand,
];

/**
 * Runs the command line.
 *
 * @param words what follows `skein`
 * @returns the exit code
 */
export async function main(words: readonly string[]): Promise<number> {
  let code: number = EXIT.done;
  // Whoever read our output may be gone (`skein status | head`): that ends nothing.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  const program = new Command("skein")
    .description("Distributed communicating tasks over Node machines and browser tabs.")
    .version(version(), "-V, --version")
    .showHelpAfterError("(skein --help and skein COMMAND --help say more)")
    .enablePositionalOptions()
    .exitOverride()
    .addHelpText(
      "after",
      `
Examples:
  skein up                          a cluster on this machine, with its console
  skein run work.ts 5               run a program as a client of it
  skein map work.ts#fn < lines      call a function for each line, on every core
  skein status                      who is there and what runs
  skein logs                        what tasks log and print, as it comes

Exit codes: 0 done, 1 the work failed, 2 wrong use, 3 no cluster, 13 stuck, 130 interrupted.`,
    );
  for (const add of COMMANDS) {
    add(program, (given) => {
      code = given;
    });
  }
  await addCompletion(program, words);
  try {
    await program.parseAsync(words, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.wrongUse; // it has said why
    sayError(error);
    return exitCodeOf(error);
  }
}

function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const parsed: unknown = JSON.parse(text);
  const found = typeof parsed === "object" && parsed !== null && "version" in parsed ? parsed.version : undefined;
  return typeof found === "string" ? found : "unknown";
}
