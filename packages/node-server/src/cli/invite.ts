/** `skein invite`: a link with which others join. */
import { type Command, Option } from "commander";
import { type Role, SkeinError } from "@skein/runtime";
import { isForTabs, readInvite, tabLink } from "@skein/runtime/network";
import { joinCluster } from "../join-cluster.ts";
import { onlyThisMachine, REACHABLE_UP } from "../listen-addresses.ts";
import { inCluster } from "./in-cluster.ts";
import { invitesTable } from "./invites-text.ts";
import { qrText } from "./qr.ts";
import { durationMs } from "./duration.ts";
import { print, printJson, say } from "./output.ts";

const ROLES: readonly Role[] = ["node", "client", "peer", "tab", "operator", "viewer"];

export function inviteCommand(program: Command, done: (code: number) => void): void {
  program
    .command("invite")
    .description("make an invite into the cluster of this machine's skein up")
    .addOption(new Option("--role <ROLE...>", "what whoever redeems it may do").choices(ROLES).default(["node"]))
    .option("--uses <N>", "how often it can be redeemed", "1")
    .option("--for <TIME>", "how long it is good, as 90s, 30m, 24h or 7d", "24h")
    .option("--about <TEXT>", "what it is for, in words that the join page shows")
    .option("--no-qr", "don't draw the link for phones, on a terminal that is wide enough")
    .option("--list", "make none, and list those that were made, with who joined by each")
    .option("--on <LINK>", "the cluster (default: SKEIN_CLUSTER, else the skein up of this machine)")
    .option(
      "--json",
      "print one JSON line: { invite, id, link (of the join page, for tabs), roles, uses, forMs, onlyThisMachine }",
    )
    .addHelpText(
      "after",
      `
Examples:
  skein invite                              for one machine: there, skein node INVITE
  skein invite --role tab --uses 20         a link for browsers: whoever opens it can join
  skein invite --role client --uses 5       for programs: SKEIN_CLUSTER=INVITE, or skein run --on INVITE
  skein invite --list                       what was made, who joined by it; skein revoke ID ends one

Only the peer that holds the cluster's key (skein up) knows the list; what it made and has expired is kept for a week.
With --list, --json prints one line an invite: { id, roles, uses, madeMs, expiresMs, by, about, state, joined, text }.`,
    )
    .action(async (options: InviteOptions) => {
      if (options.list === true) return await list(options, done);
      const { about } = options;
      if (about?.trim() === "") throw noPurpose();
      const wanted = {
        roles: options.role,
        uses: usesOf(options.uses),
        forMs: forMs(options.for),
        ...(about === undefined ? {} : { about }),
      };
      const { peer, scheduler } = await joinCluster(options.on);
      const at = { peer: scheduler.peer, server: 0 };
      try {
        const invite = await peer.invite(wanted);
        const local = onlyThisMachine(scheduler.addresses);
        const link = isForTabs(options.role) ? await tabLink(peer.procedures, at, invite) : undefined;
        const linked = link === undefined ? {} : { link };
        const { id } = readInvite(invite);
        if (options.json === true) printJson({ invite, id, ...linked, ...wanted, onlyThisMachine: local });
        else print(link ?? invite);
        if (link !== undefined && !local && options.json !== true) await draw(link, options);
        if (local && options.json !== true) say(`only this machine can use it; for others: ${REACHABLE_UP}`);
      } finally {
        await peer.close();
      }
      done(0);
    });
}

/** What phones can reach, for their cameras. */
async function draw(link: string, { qr }: InviteOptions): Promise<void> {
  const { isTTY, columns } = process.stdout;
  const drawn = qr && isTTY ? await qrText(link, columns) : undefined;
  if (drawn !== undefined) print(`\n${drawn}`);
}

interface InviteOptions {
  readonly qr: boolean;
  readonly role: readonly Role[];
  readonly uses: string;
  readonly for: string;
  readonly about?: string;
  readonly list?: true;
  readonly on?: string;
  readonly json?: true;
}

async function list({ on, json }: InviteOptions, done: (code: number) => void): Promise<void> {
  await inCluster(on, ["operator"], async ({ acts }) => {
    const all = await acts.invites();
    if (json === true) for (const invite of all.invites) printJson(invite);
    else print(invitesTable(all));
  });
  done(0);
}

function usesOf(text: string): number {
  const uses = Number(text);
  if (Number.isInteger(uses) && uses >= 1 && uses <= 1_000_000) return uses;
  throw new SkeinError("OPTION_INVALID", `--uses: ${text} is no number of uses`, {
    hint: "give a number from 1 to 1000000",
  });
}

function forMs(text: string): number {
  const ms = durationMs("--for", text);
  if (ms > 0) return ms;
  throw new SkeinError("OPTION_INVALID", "--for: an invite is good for some time", {
    hint: "write 90s, 30m, 24h or 7d",
  });
}

const noPurpose = (): SkeinError =>
  new SkeinError("OPTION_INVALID", "--about says nothing", { hint: 'for example --about "pictures for our film"' });
