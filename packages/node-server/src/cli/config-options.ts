/** The options of the table in `config.ts` as flags of a command. */
import { type Command, Option } from "commander";
import { type Config, readConfig, saveConfig } from "../config.ts";
import { flagOf, OPTIONS, variableOf } from "../config-table.ts";

type Name = keyof Config;

/** Adds the flags of `names`, and `--config` and `--save-config`. */
export function addConfigOptions(command: Command, names: readonly Name[]): Command {
  for (const name of names) {
    const { value, about, repeatable, turnsOff } = OPTIONS[name];
    if (value === "") {
      const flag = turnsOff === true ? `--no-${flagOf(name).slice(2)}` : flagOf(name);
      command.addOption(new Option(flag, about));
      continue;
    }
    const option = new Option(`${flagOf(name)} <${value}>`, `${about} [${variableOf(name)}]`);
    if (repeatable === true) {
      option.argParser((one: string, sofar: readonly string[] | undefined) => [...(sofar ?? []), one]);
    }
    command.addOption(option);
  }
  return command
    .option("--config <FILE>", "read options from a JSON file (flags and environment go before it)")
    .option("--save-config <FILE>", "write the options as such a file, and go on");
}

/** The configuration a command runs with, from its flags, the environment and its file. */
export function configOf(command: Command): Config {
  const given: Readonly<Record<string, unknown>> = command.opts();
  const flags: Partial<Record<Name, unknown>> = {};
  for (const name of Object.keys(OPTIONS)) {
    // Commander fills switches in; only what was said counts. `name` is a key of the table, so of Config.
    if (command.getOptionValueSource(name) === "cli") flags[name as Name] = given[name];
  }
  const file = given["config"] ?? process.env["SKEIN_CONFIG"];
  const config = readConfig({ flags, environment: process.env, ...(typeof file === "string" ? { file } : {}) });
  if (typeof given["saveConfig"] === "string") saveConfig(given["saveConfig"], config, process.env);
  return config;
}
