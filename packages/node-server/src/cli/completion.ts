/** `skein completion SHELL`: prints the script by which a shell completes `skein`; the script asks `skein complete`. */
import { Argument, type Command } from "commander";

const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;

const HELP = `
Examples:
  skein completion bash > ~/.local/share/bash-completion/completions/skein
  skein completion zsh > ~/.zsh/completions/_skein       a folder of your $fpath
  skein completion fish > ~/.config/fish/completions/skein.fish
  source <(skein completion bash)                        in this shell only`;

const ABOUT = "print a script that completes skein's commands and options";

/**
 * Adds the command, after all others: what it completes is what they say of themselves. Its library is loaded when it is
 * used only.
 */
export async function addCompletion(program: Command, words: readonly string[]): Promise<void> {
  const [name] = words;
  if (name !== "completion" && name !== "complete") {
    const shell = new Argument("<SHELL>", "the shell").choices(SHELLS);
    program.command("completion").description(ABOUT).addArgument(shell).addHelpText("after", HELP);
    return;
  }
  const { default: tab } = await import("@bomb.sh/tab/commander");
  tab(program, { completionCommandName: "completion" });
  program.commands
    .find((command) => command.name() === "completion")
    ?.description(ABOUT)
    .addHelpText("after", HELP);
}
