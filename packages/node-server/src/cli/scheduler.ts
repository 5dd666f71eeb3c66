/** `skein scheduler`: who decides, without cores of its own, until it is stopped. */
import type { Command } from "commander";
import type { Config } from "../config.ts";
import { onlyThisMachine } from "../listen-addresses.ts";
import type { Up } from "../up.ts";
import { addConfigOptions, configOf } from "./config-options.ts";
import { stayUp, type StayUpOptions } from "./stay-up.ts";

const OPTIONS: readonly (keyof Config)[] = [
  "name",
  "data",
  "listen",
  "announce",
  "peer",
  "node",
  "discover",
  "udpPorts",
  "tlsCert",
  "tlsKey",
  "secret",
  "maxFile",
  "heartbeatMs",
  "zombieMs",
  "quantumMs",
  "showArgs",
  "metricsHost",
  "metricsPort",
  "clean",
  "daemon",
  "log",
  "logFormat",
];

export function schedulerCommand(program: Command, done: (code: number) => void): void {
  const command = program
    .command("scheduler")
    .description("decides which jobs get which servers, without cores of its own");
  addConfigOptions(command, OPTIONS)
    .option(
      "--json",
      "print one JSON line once it is ready: { type: 'scheduler', cluster, peer, addresses, node, invite, onlyThisMachine, metrics, pid }",
    )
    .option("--until-stdin-ends", "also end when standard input ends (for programs that start it)")
    .addHelpText(
      "after",
      `
Examples:
  skein scheduler --listen 0.0.0.0:4100                     prints how machines join
  SKEIN_SECRET=… skein scheduler --listen 0.0.0.0:4100      for nodes that share the secret, found on the network
  SKEIN_SECRET=… skein scheduler --node 10.0.0.7:4100       takes a node that listens there
  skein scheduler --zombie-ms 60000                         jobs give back what they did not use for a minute

Programs of this machine find it as they find skein up. Jobs go on while it is started again.`,
    )
    .action(async (options: StayUpOptions) => {
      const config: Config = { ...configOf(command), console: false, join: false };
      done(await stayUp(config, options, { line: jsonLine, welcome }, { node: false }));
    });
}

interface SchedulerLine {
  readonly type: "scheduler";
  readonly node: string;
}

async function jsonLine({ peer, metrics }: Up): Promise<SchedulerLine> {
  const invite = await peer.invite({ roles: ["node"] });
  const line = {
    type: "scheduler" as const,
    cluster: peer.cluster,
    peer: peer.id,
    addresses: peer.location.addresses,
    node: `skein node ${invite}`,
    invite,
    onlyThisMachine: onlyThisMachine(peer.location.addresses),
    ...(metrics === undefined ? {} : { metrics }),
    pid: process.pid,
  };
  return line;
}

function welcome({ config, peer, metrics }: Up, { node }: SchedulerLine): string {
  const { addresses } = peer.location;
  const join = onlyThisMachine(addresses)
    ? "only this machine reaches it; for others: skein scheduler --listen 0.0.0.0:4100"
    : config.secret === undefined
      ? node
      : `SKEIN_SECRET=… skein node --peer ${addresses[0] ?? ""}`;
  return [
    `${config.name} schedules.`,
    "",
    `  machine  ${join}`,
    ...(metrics === undefined ? [] : [`  metrics  ${metrics}`]),
  ].join("\n");
}
