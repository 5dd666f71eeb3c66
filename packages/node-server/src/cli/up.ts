/** `skein up`: a cluster on this machine, until it is stopped. */
import type { Command } from "commander";
import { OPTION_NAMES } from "../config-table.ts";
import { onlyThisMachine, REACHABLE_UP } from "../listen-addresses.ts";
import type { Up } from "../up.ts";
import { addConfigOptions, configOf } from "./config-options.ts";
import { count } from "./count.ts";
import { styled } from "./output.ts";
import { stayUp, type StayUpOptions } from "./stay-up.ts";

/** How many tabs may join by the link that is printed. */
const TABS = 20;
/** Hours and an end are those of a machine that gives its cores away. */
const NODE_ONLY: ReadonlySet<string> = new Set(["serve", "serviceStart", "serviceStop", "serviceEnd"]);

export function upCommand(program: Command, done: (code: number) => void): void {
  const command = program
    .command("up")
    .description("a cluster on this machine: scheduler, a node with its servers, the console, the join page");
  addConfigOptions(
    command,
    OPTION_NAMES.filter((name) => !NODE_ONLY.has(name)),
  )
    .option(
      "--json",
      "print one JSON line once it is ready: { type: 'up', cluster, peer, addresses, console, fingerprint, metrics, join, node, invite, onlyThisMachine, pid }",
    )
    .option("--until-stdin-ends", "also end when standard input ends (for programs that start it)")
    .addHelpText(
      "after",
      `
Examples:
  skein up                                     a server for each core, console at 127.0.0.1:8181
  skein up --servers 4 --no-console
  skein up --listen 0.0.0.0:4100 --listen ws://0.0.0.0:4101     so that other machines can join

It listens on loopback only unless --listen says more; every connection is encrypted and needs a certificate.
It runs until Ctrl-C or SIGTERM, which ends everything it started.`,
    )
    .action(async (options: StayUpOptions) =>
      done(await stayUp(configOf(command), options, { line: jsonLine, welcome })),
    );
}

async function jsonLine(up: Up): Promise<object> {
  const invite = await up.peer.invite({ roles: ["node"] });
  return {
    type: "up",
    cluster: up.peer.cluster,
    peer: up.peer.id,
    addresses: up.peer.location.addresses,
    console: up.consoleLink(),
    ...(up.fingerprint === undefined ? {} : { fingerprint: up.fingerprint }),
    ...(up.metrics === undefined ? {} : { metrics: up.metrics }),
    join: up.joinLink(),
    node: `skein node ${invite}`,
    invite,
    onlyThisMachine: onlyThisMachine(up.peer.location.addresses),
    pid: process.pid,
  };
}

const row = (word: string, text: string): string => `  ${styled("bold", word.padEnd(9))} ${text}`;

async function welcome(up: Up): Promise<string> {
  const link = up.consoleLink();
  const { servers, name } = up.config;
  return [
    `skein is up on ${name}: ${count(servers, "server")}`,
    "",
    ...(link === undefined
      ? []
      : [row("console", `${styled("cyan", link)}  (good once; skein console makes another)`)]),
    ...(up.fingerprint === undefined ? [] : [row("", `its certificate has SHA-256 ${up.fingerprint}`)]),
    ...(up.metrics === undefined ? [] : [row("metrics", up.metrics)]),
    ...(await tabHint(up)),
    row("program", "skein run FILE.ts"),
    row("machine", await machineHint(up)),
  ].join("\n");
}

/** The link with which browsers join: anybody who has it, for a day. */
async function tabHint(up: Up): Promise<readonly string[]> {
  if (up.joinLink() === undefined) return [];
  const invite = await up.peer.invite({ roles: ["tab"], uses: TABS });
  return [row("browser", `${styled("cyan", up.joinLink(invite) ?? "")}  (${TABS} tabs within a day)`)];
}

/** How another machine joins; while we listen on loopback only, how to change that. */
async function machineHint({ peer }: Up): Promise<string> {
  if (onlyThisMachine(peer.location.addresses)) {
    return `only this machine reaches it; for others: ${REACHABLE_UP}`;
  }
  return `skein node ${await peer.invite({ roles: ["node"] })}`;
}
