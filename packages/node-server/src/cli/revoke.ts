/** `skein revoke`: sends peers away for good, or ends invites. */
import type { Command } from "commander";
import { type PeerHost, type PeerId, type PeerInfo, SkeinError } from "@skein/runtime";
import { isPeerId } from "@skein/runtime/host";
import { readInvite } from "@skein/runtime/network";
import { joinCluster } from "../join-cluster.ts";
import { print, printJson } from "./output.ts";

export function revokeCommand(program: Command, done: (code: number) => void): void {
  program
    .command("revoke")
    .description("send a peer away for good, or end an invite with everybody who joined by it")
    .argument("<TARGET...>", "ids of peers (12D3Koo…), names of connected ones, or invites")
    .option("--on <LINK>", "the cluster (default: SKEIN_CLUSTER, else the skein up of this machine)")
    .option("--json", "print one JSON line a target: { target, kind: 'peer' | 'invite', id }")
    .addHelpText(
      "after",
      `
Examples:
  skein revoke 12D3KooWQzD…         that peer is out everywhere within moments, and can't come back
  skein revoke maxi                 the connected peer of that name
  skein revoke skein:eyJ2…          nobody can use the invite any more; who joined by it is out

The invite a peer joined by ends with it: whoever ran it knows the text. skein status shows ids and names.
It needs the role operator, and the peer that holds the cluster's key (skein up) must run.`,
    )
    .action(async (targets: readonly string[], options: RevokeOptions) => {
      const { peer } = await joinCluster(options.on, { needs: ["operator"] });
      try {
        // All are understood before any is revoked.
        const meant = [];
        for (const target of targets) meant.push(await meaningOf(target, peer));
        for (const { target, kind, id } of meant) {
          await peer.revoke(id);
          if (options.json === true) printJson({ target, kind, id });
          else
            print(
              kind === "peer" ? `${target} is out` : `${target.slice(0, 20)}… is ended, and who joined by it is out`,
            );
        }
      } finally {
        await peer.close();
      }
      done(0);
    });
}

interface RevokeOptions {
  readonly on?: string;
  readonly json?: true;
}

interface Meaning {
  readonly target: string;
  readonly kind: "peer" | "invite";
  readonly id: string;
}

async function meaningOf(target: string, peer: PeerHost): Promise<Meaning> {
  if (isPeerId(target)) return { target, kind: "peer", id: target };
  const invite = inviteIdOf(target);
  if (invite !== undefined) return { target, kind: "invite", id: invite };
  const named = (await connectedThere(peer)).filter(({ name }) => name === target);
  const [one, other] = named;
  if (one !== undefined && other === undefined) return { target, kind: "peer", id: one.peer };
  throw new SkeinError(
    "OPTION_INVALID",
    one === undefined ? `nobody connected is called ${target}` : `${named.length} peers are called ${target}`,
    {
      hint: `give the id of the peer (12D3Koo…): ${named.map((each) => each.peer).join(", ") || "skein status shows them"}`,
    },
  );
}

function inviteIdOf(text: string): string | undefined {
  try {
    return readInvite(text).id;
  } catch {
    return undefined;
  }
}

/** Everybody whom the scheduler's peer is connected to, without this command's own peer. */
async function connectedThere(peer: PeerHost): Promise<readonly Pick<PeerInfo, "peer" | "name">[]> {
  const found: { peer: PeerId; name: string }[] = [];
  for (const { peer: holder } of peer.peers()) {
    const there: unknown = await peer.procedures.call({ peer: holder, server: 0 }, "peer.members", undefined);
    for (const each of Array.isArray(there) ? there : []) {
      const { peer: id, name }: { readonly peer?: unknown; readonly name?: unknown } = Object(each);
      const known = id === peer.id || found.some((one) => one.peer === id);
      if (isPeerId(id) && typeof name === "string" && !known) found.push({ peer: id, name });
    }
    found.push(...peer.peers().filter((one) => one.peer === holder && !found.some((each) => each.peer === holder)));
  }
  return found;
}
