/** `skein node [INVITE]`: this machine's cores for a cluster, until it is stopped. */
import type { Command } from "commander";
import { type PeerHost, SkeinError } from "@skein/runtime";
import type { Config } from "../config.ts";
import { OPTION_NAMES } from "../config-table.ts";
import { createLineLogger } from "../log.ts";
import { type NodeServer, startNodeServer } from "../node-server.ts";
import { goesToBackground, runInBackground, tellReady } from "./background.ts";
import { addConfigOptions, configOf } from "./config-options.ts";
import { count } from "./count.ts";
import { EXIT } from "./exit-codes.ts";
import { answerCommands, onTerminal, PROMPT_HELP } from "./node-prompt.ts";
import { print, printJson, say } from "./output.ts";
import { closeInTime, stopCode, type StopReason, untilStopped } from "./until-stopped.ts";

/** Of those who schedule. */
const SCHEDULER_ONLY: ReadonlySet<string> = new Set([
  "console",
  "consoleHost",
  "consolePort",
  "metricsHost",
  "metricsPort",
  "node",
  "showArgs",
  "tlsAuto",
]);

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
    OPTION_NAMES.filter((name) => !SCHEDULER_ONLY.has(name)),
  )
    .option(
      "--json",
      "print one JSON line once it has joined: { type: 'node', cluster, peer, addresses, servers, join, pid }; with --daemon also while nobody schedules yet, with waiting: true",
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
  skein node INVITE --service-start 20:00 --service-stop 06:00 --service-end 07:00      at night only
  SKEIN_SECRET=… skein node --serve 1 --clean       for one client, then end

It reconnects for ever when the cluster is away, and runs until Ctrl-C or SIGTERM. On a terminal it answers:
${PROMPT_HELP}`,
    )
    .action(async (invite: string | undefined, options: NodeOptions) => {
      const config = configOf(command);
      if (invite !== undefined && command.getOptionValueSource("secret") === "cli") throw bothGiven();
      if (goesToBackground(config, options.untilStdinEnds === true)) {
        done(await runInBackground(config, options.json === true));
        return;
      }
      const stopped = untilStopped({ stdin: options.untilStdinEnds === true });
      done(await serve(config, invite, options, stopped));
    });
}

async function serve(
  config: Config,
  invite: string | undefined,
  { json = false }: { readonly json?: boolean },
  stopped: Promise<StopReason>,
): Promise<number> {
  const giveUp = new AbortController();
  const starting = startNodeServer(config, createLineLogger({ level: config.log, format: config.logFormat }), {
    ...(invite === undefined ? {} : { invite }),
    signal: giveUp.signal,
    onWaiting: (peer) => {
      if (!json) say(WAITING);
      // Whoever started it in the background need not wait along.
      tellReady({ ...readyLine(peer, config), waiting: true }, WAITING);
    },
  });
  // It may wait for a scheduler for ever, and be stopped meanwhile.
  const early = await Promise.race([starting.then(() => undefined), stopped]);
  if (early !== undefined) {
    giveUp.abort(new Error("stopped"));
    const code = stopCode(early);
    await closeInTime(() => starting.then((node) => node.close()).catch(() => {}), code);
    return code;
  }
  const node = await starting;
  const line = { ...readyLine(node.peer, config), ...(node.joinPage === undefined ? {} : { join: node.joinPage }) };
  const text = `${config.name} has joined with ${count(config.servers, "server")}.${pageHint(node)}`;
  if (json) printJson(line);
  else print(`${text} Ctrl-C ends it.`);
  tellReady(line, text);
  const code = await untilDone(config, node, json, stopped);
  if (!json) say("stopping");
  await closeInTime(() => node.close(), code);
  return code;
}

/** A node can make no invites: its page is for those of others. */
const pageHint = ({ joinPage }: NodeServer): string =>
  joinPage === undefined ? "" : ` Browsers join at ${joinPage}#INVITE.`;

const WAITING = "nobody schedules yet: waiting for skein scheduler, skein up or a client with a private scheduler";

function readyLine({ cluster, id, location }: PeerHost, { servers }: Config): object {
  return { type: "node", cluster, peer: id, addresses: location.addresses, servers, pid: process.pid };
}

/** Until it is stopped, has served whom it was for, or its terminal says so; the exit code. */
async function untilDone(
  config: Config,
  node: NodeServer,
  json: boolean,
  stopped: Promise<StopReason>,
): Promise<number> {
  const { promise: told, resolve: end } = Promise.withResolvers<void>();
  const interrupt = (): void => void process.kill(process.pid, "SIGINT");
  using _ =
    json || !onTerminal()
      ? undefined
      : answerCommands({ input: process.stdin, output: process.stdout, node, name: config.name, end, interrupt });
  return await Promise.race([stopped.then(stopCode), node.served.then(() => EXIT.done), told.then(() => EXIT.done)]);
}

interface NodeOptions {
  readonly json?: true;
  readonly untilStdinEnds?: true;
}

const bothGiven = (): SkeinError =>
  new SkeinError("OPTION_INVALID", "an invite and a secret were given: they are of different clusters", {
    hint: "give one of them",
  });
