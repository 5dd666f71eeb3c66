/** `skein secret`: a new secret that the members of a cluster share. */
import type { Command } from "commander";
import { newSecret } from "@skein/runtime/network";
import { nodePlatform } from "../platform/installed.ts";
import { print, printJson } from "./output.ts";

export function secretCommand(program: Command, done: (code: number) => void): void {
  program
    .command("secret")
    .description("print a new secret: whoever has it is a member of its cluster")
    .option("--json", "print one JSON line: { secret }")
    .addHelpText(
      "after",
      `
Examples:
  export SKEIN_SECRET=$(skein secret)     then, with the same secret on every machine:
  skein up --listen 0.0.0.0:4100
  skein node --peer HOST:4100

Whoever has it may do everything in that cluster. To tell roles apart, use invites: skein invite.`,
    )
    .action((options: { readonly json?: true }) => {
      const platform = nodePlatform();
      const secret = newSecret((count) => platform.randomBytes(count));
      if (options.json === true) printJson({ secret });
      else print(secret);
      done(0);
    });
}
