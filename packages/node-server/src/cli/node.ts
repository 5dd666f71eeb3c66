/** `skein node [INVITE]`: this machine's cores for a cluster, until it is stopped. */
import type { Command } from "commander";
import { SkeinError } from "@skein/runtime";
import { OPTION_NAMES } from "../config.ts";
import { createLineLogger } from "../log.ts";
import { startNodeServer } from "../node-server.ts";
import { addConfigOptions, configOf } from "./config-options.ts";
import { print, printJson, say } from "./output.ts";
import { closeInTime, stopCode, untilStopped } from "./until-stopped.ts";

export function nodeCommand(program: Command, done: (code: number) => void): void {
  const command = program
    .command("node")
    .description("give this machine's cores to a cluster")
    .argument(
      "[INVITE]",
      "from skein up or skein invite --role node; needed the first time only, and not with a secret",
    );
  addConfigOptions(
    command,
    OPTION_NAMES.filter((name) => !name.startsWith("console")),
  )
    .option(
      "--json",
      "print one JSON line once it has joined: { type: 'node', cluster, peer, addresses, servers, pid }",
    )
    .option("--until-stdin-ends", "also end when standard input ends (for programs that start it)")
    .addHelpText(
      "after",
      `
Examples:
  skein node skein:eyJ2…              join, with a server for each core
  skein node                          join again: the certificate is kept in the data directory
  skein node INVITE --servers -1      leave a core to others
  SKEIN_SECRET=… skein node --peer 10.0.0.5:4100    join who shares a secret; waits for a scheduler

It reconnects for ever when the cluster is away, and runs until Ctrl-C or SIGTERM.`,
    )
    .action(async (invite: string | undefined, options: NodeOptions) => {
      const stopped = untilStopped({ stdin: options.untilStdinEnds === true });
      const config = configOf(command);
      if (invite !== undefined && command.getOptionValueSource("secret") === "cli") throw bothGiven();
      const giveUp = new AbortController();
      const starting = startNodeServer(config, createLineLogger({ level: config.log, format: config.logFormat }), {
        ...(invite === undefined ? {} : { invite }),
        signal: giveUp.signal,
      });
      // It may wait for a scheduler for ever, and be stopped meanwhile.
      const early = await Promise.race([starting.then(() => undefined), stopped]);
      if (early !== undefined) {
        giveUp.abort(new Error("stopped"));
        const code = stopCode(early);
        await closeInTime(() => starting.then((node) => node.close()).catch(() => {}), code);
        done(code);
        return;
      }
      const node = await starting;
      const { cluster, id, location } = node.peer;
      if (options.json === true) {
        printJson({
          type: "node",
          cluster,
          peer: id,
          addresses: location.addresses,
          servers: config.servers,
          pid: process.pid,
        });
      } else print(`${config.name} has joined with ${config.servers} servers. Ctrl-C ends it.`);
      const reason = await stopped;
      if (options.json !== true) say("stopping");
      const code = stopCode(reason);
      await closeInTime(() => node.close(), code);
      done(code);
    });
}

interface NodeOptions {
  readonly json?: true;
  readonly untilStdinEnds?: true;
}

const bothGiven = (): SkeinError =>
  new SkeinError("OPTION_INVALID", "an invite and a secret were given: they are of different clusters", {
    hint: "give one of them",
  });
