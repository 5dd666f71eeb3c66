/** `skein check`: whether a peer or a machine can be reached and used, and what stands in the way. */
import { versions } from "node:process";
import type { Command } from "commander";
import { isSkeinError, memoryPeerStore, MINUTE_MS, type PeerHost, SECOND_MS, type SkeinError } from "@skein/runtime";
import { type Invite, lookAtInvite, readInvite } from "@skein/runtime/network";
import { type AboutHost } from "../about-host.ts";
import { checkPeer } from "../check-peer.ts";
import { askBySsh } from "../check-ssh.ts";
import { createNodePeer } from "../create-node-peer.ts";
import { defaultDataPath } from "../data-directory.ts";
import { nodePlatform } from "../platform/installed.ts";
import { filePeerStore } from "../platform/peer-store.ts";
import { EXIT } from "./exit-codes.ts";
import { print, printJson, styled } from "./output.ts";

/** Expiry of invites and certificates allows for this much between two clocks. */
const CLOCK_LIMIT_MS: number = 2 * MINUTE_MS;

export function checkCommand(program: Command, done: (code: number) => void): void {
  program
    .command("check")
    .description("look whether a peer or machine is reached, its role, Node and clock")
    .argument("<ADDR...>", "host:port, ws://host:port, a multiaddr, an invite (all its addresses), or ssh://user@host")
    .option("--json", "print one JSON line an address")
    .addHelpText(
      "after",
      `
Examples:
  skein check 10.0.0.5:4100              as the owner of this machine's skein up, or by SKEIN_SECRET
  skein check skein:eyJ2…                each address of an invite, and what it is still good for; it is not used up
  skein check ssh://me@maxi:22           a machine for pool({ hosts }), by your ssh and its keys

JSON: { address, reached, member, peer, name, roles, transport, roundTripMs, node, platform, clockAheadMs, invite, problems }
Exit codes: 0 all is well (an invite: it is reached, and good for somebody still), 1 reached but with problems, 2 wrong use, 3 not reached or no member of it.`,
    )
    .action(async (targets: readonly string[], options: { readonly json?: true }) => {
      let code: number = EXIT.done;
      for (const { address, invite } of targets.flatMap(placesOf)) {
        const found = address.startsWith("ssh:") ? await checkMachine(address) : await checkMember(address, invite);
        if (options.json === true) printJson(found);
        else print(textOf(found));
        code = Math.max(code, codeOf(found));
      }
      done(code);
    });
}

/** What one address turned out to be. */
interface Found {
  readonly address: string;
  readonly reached: boolean;
  /** Whether it takes us for a member; absent for machines. */
  readonly member?: boolean;
  readonly peer?: string;
  readonly name?: string;
  readonly roles?: readonly string[];
  readonly transport?: string;
  readonly roundTripMs?: number;
  readonly node?: string;
  readonly platform?: string;
  readonly clockAheadMs?: number;
  /** Of an invite that would still have to be redeemed here. */
  readonly invite?: InviteWords;
  readonly problems: readonly string[];
}

interface InviteWords extends Pick<Invite, "roles" | "uses" | "expiresMs"> {
  /** How many may still join by it; absent when nobody may, or who is there couldn't say. */
  readonly left?: number;
}

interface Place {
  readonly address: string;
  readonly invite?: GivenInvite;
}

interface GivenInvite extends Invite {
  readonly text: string;
}

function placesOf(target: string): readonly Place[] {
  try {
    const invite = readInvite(target);
    return invite.addresses.map((address) => ({ address, invite: { ...invite, text: target } }));
  } catch {
    return [{ address: target }];
  }
}

async function checkMember(address: string, invite: GivenInvite | undefined): Promise<Found> {
  const peer = await asMember();
  try {
    const { reached, error, host, clockAheadMs, roundTripMs, ...member } = await checkPeer(peer, address);
    const looked = invite === undefined || !reached ? undefined : await lookAt(address, invite);
    // Nobody has joined by it here: who answered at an address of it has proved to be the peer it names, and no more is
    // told to strangers.
    const stranger = invite !== undefined && peer.cluster !== invite.cluster;
    const problems = error === undefined ? problemsOf(host, clockAheadMs) : stranger && reached ? [] : [wordsOf(error)];
    return {
      address,
      reached,
      member: error === undefined,
      ...member,
      ...(roundTripMs === undefined ? {} : { roundTripMs: Math.round(roundTripMs) }),
      ...(host === undefined ? {} : { node: host.node, platform: host.platform }),
      ...(clockAheadMs === undefined ? {} : { clockAheadMs: Math.round(clockAheadMs) }),
      ...(looked === undefined ? {} : { invite: looked.invite }),
      problems: [...problems, ...(looked?.problems ?? [])],
    };
  } finally {
    await peer.close();
  }
}

interface Looked {
  readonly invite: InviteWords;
  readonly problems: readonly string[];
}

/** Has whoever is there say what an invite is still good for. */
async function lookAt(address: string, { roles, uses, expiresMs, text }: GivenInvite): Promise<Looked> {
  const invite = { roles, uses, expiresMs };
  try {
    const { left } = await lookAtInvite(nodePlatform(), text, { address });
    return { invite: { ...invite, left }, problems: [] };
  } catch (error) {
    if (!isSkeinError(error)) throw error;
    // Only who holds the cluster's key can tell.
    return { invite, problems: isSkeinError(error, "ROLE_FORBIDS") ? [] : [wordsOf(error)] };
  }
}

/** By the secret, else as the owner of this machine's cluster, else as a stranger who learns only whether it is there. */
async function asMember(): Promise<PeerHost> {
  const secret = process.env["SKEIN_SECRET"] || undefined;
  if (secret !== undefined) return await createNodePeer({ name: "skein check", secret });
  const { clusterKey } = await filePeerStore(defaultDataPath()).load();
  const store = memoryPeerStore(clusterKey === undefined ? {} : { clusterKey });
  return await createNodePeer({ name: "skein check", store, roles: ["operator", "client", "peer"] });
}

async function checkMachine(address: string): Promise<Found> {
  try {
    const beforeMs = Date.now();
    const host = await askBySsh(address);
    // Logging in takes long, so the clock is known to half of that only.
    const tookMs = Date.now() - beforeMs;
    const aheadMs = host.wallMs - (beforeMs + tookMs / 2);
    const clockAheadMs = Math.abs(aheadMs) <= tookMs / 2 ? 0 : Math.round(aheadMs);
    const { node, platform } = host;
    return {
      address,
      reached: true,
      roundTripMs: tookMs,
      node,
      platform,
      clockAheadMs,
      problems: problemsOf(host, clockAheadMs),
    };
  } catch (error) {
    if (!isSkeinError(error, "HOST_UNREACHABLE")) throw error;
    return { address, reached: false, problems: [wordsOf(error)] };
  }
}

const wordsOf = ({ code, message, hint }: SkeinError): string => `${message} (${code}): ${hint}`;

function problemsOf(host: AboutHost | undefined, clockAheadMs = 0): readonly string[] {
  const problems: string[] = [];
  if (host !== undefined && majorOf(host.node) < majorOf(versions.node)) {
    problems.push(`it runs Node ${host.node}, this machine ${versions.node}: use one version everywhere`);
  }
  if (Math.abs(clockAheadMs) > CLOCK_LIMIT_MS) {
    problems.push(`its clock is ${seconds(clockAheadMs)}: invites and certificates go wrong past 2 minutes`);
  }
  return problems;
}

const majorOf = (version: string): number => Number(version.split(".", 1)[0]);

const seconds = (aheadMs: number): string =>
  `${(Math.abs(aheadMs) / SECOND_MS).toFixed(1)} s ${aheadMs > 0 ? "ahead" : "behind"}`;

function textOf(found: Found): string {
  const { address, reached, peer, name, roles, transport, roundTripMs, node, platform, clockAheadMs, problems } = found;
  const { invite } = found;
  const row = (word: string, text: string): string => `  ${word.padEnd(9)} ${text}`;
  const state = problems.length === 0 ? styled("green", "ok") : styled("red", reached ? "problems" : "not reached");
  return [
    `${address}  ${state}`,
    ...(peer === undefined ? [] : [row("peer", `${name ?? ""} ${peer}`.trim())]),
    ...(roles === undefined ? [] : [row("roles", roles.join(", "))]),
    ...(roundTripMs === undefined
      ? []
      : [row("reached", `in ${roundTripMs} ms${transport === undefined ? "" : ` by ${transport}`}`)]),
    ...(node === undefined ? [] : [row("node", `${node} on ${platform ?? ""}`)]),
    ...(clockAheadMs === undefined ? [] : [row("clock", clockAheadMs === 0 ? "the same" : seconds(clockAheadMs))]),
    ...(invite === undefined ? [] : [row("invite", inviteText(invite))]),
    ...problems.map((problem) => row("problem", problem)),
  ].join("\n");
}

const inviteText = ({ roles, uses, left, expiresMs }: InviteWords): string =>
  `for ${roles.join(", ")}, ${uses === 1 ? "once" : `${uses} times`} in all` +
  `${left === undefined ? "" : `, ${left} left`}, until ${new Date(expiresMs).toISOString()}`;

function codeOf({ reached, member, invite, problems }: Found): number {
  if (!reached || (member === false && invite === undefined)) return EXIT.noCluster;
  return problems.length === 0 ? EXIT.done : EXIT.failed;
}
