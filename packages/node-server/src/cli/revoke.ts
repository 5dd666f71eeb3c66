/** `skein revoke`: sends peers away for good, or ends invites. */
import type { Command } from "commander";
import { type PeerHost, SkeinError } from "@skein/runtime";
import { isPeerId } from "@skein/runtime/host";
import { readInvite } from "@skein/runtime/network";
import { joinCluster } from "../join-cluster.ts";
import { connectedPeers } from "./connected-peers.ts";
import { print, printJson } from "./output.ts";
import { SHORT_ID_LENGTH } from "./short-id.ts";

export function revokeCommand(program: Command, done: (code: number) => void): void {
  program
    .command("revoke")
    .description("send a peer away for good, or end an invite with everybody who joined by it")
    .argument(
      "<TARGET...>",
      "ids of peers (12D3Koo…), names or ends of ids of connected ones, or invites, by text or id",
    )
    .option("--on <LINK>", "the cluster (default: SKEIN_CLUSTER, else the skein up of this machine)")
    .option("--json", "print one JSON line a target: { target, kind: 'peer' | 'invite', id }")
    .addHelpText(
      "after",
      `
Examples:
  skein revoke 12D3KooWQzD…         that peer is out everywhere within moments, and can't come back
  skein revoke maxi                 the connected peer of that name
  skein revoke skein:eyJ2…          nobody can use the invite any more; who joined by it is out
  skein revoke 7f3k9q2m1x8v4b6n     the same by its id: skein invite --list shows them

The invite a peer joined by ends with it: whoever ran it knows the text. skein status shows the ids and names of all that are connected.
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
  const connected = await connectedPeers(peer);
  const called = connected.filter(({ name }) => name === target);
  const named = called.length > 0 ? called : connected.filter((each) => isEndOf(target, each.peer));
  const [one, other] = named;
  if (one !== undefined && other === undefined) return { target, kind: "peer", id: one.peer };
  if (one === undefined && /^[0-9a-z]{16}$/.test(target)) return { target, kind: "invite", id: target };
  throw new SkeinError(
    "OPTION_INVALID",
    one === undefined ? `nobody connected is called ${target}` : `${named.length} peers are called ${target}`,
    {
      hint: `give the id of the peer (12D3Koo…): ${named.map((each) => each.peer).join(", ") || "skein status shows them"}`,
    },
  );
}

/** Ids are shortened to their last eight characters in tables. */
const isEndOf = (target: string, id: string): boolean => {
  const end = target.replace(/^…/, "");
  return end.length >= SHORT_ID_LENGTH && id.endsWith(end);
};

function inviteIdOf(text: string): string | undefined {
  try {
    return readInvite(text).id;
  } catch {
    return undefined;
  }
}
