/** Invites of the made-up cluster: nobody can join by them. */
import { type ClusterActs, type ClusterEvent, HOUR_MS, type InviteInfo, MINUTE_MS, op } from "@skein/runtime";
import type { SimulatedCluster } from "./simulated-cluster.ts";
import { nodeId } from "./simulated-parts.ts";

const TEXT = "skein1-".padEnd(300, "bTlrc2tlaW4tbWFkZS11cC1pbnZpdGU");

export function simulatedInvites(
  cluster: SimulatedCluster,
  tell: (events: readonly ClusterEvent[]) => void,
): Pick<ClusterActs, "invites" | "invite" | "revoke"> {
  const { nowMs } = cluster;
  let made = 0;
  let invites: readonly InviteInfo[] = [
    {
      id: "tab-1",
      roles: ["tab"],
      uses: 30,
      madeMs: nowMs - 20 * MINUTE_MS,
      expiresMs: nowMs + 23 * HOUR_MS,
      about: "the physics class",
      state: "open",
      joined: [
        { peer: nodeId(3), name: "Ada’s phone", joinedMs: nowMs - 12 * MINUTE_MS },
        { peer: nodeId(4), joinedMs: nowMs - 11 * MINUTE_MS },
      ],
      text: TEXT,
      link: `https://maxi.example:8182/#${TEXT}`,
    },
    {
      id: "node-1",
      roles: ["node"],
      uses: 2,
      madeMs: nowMs - 40 * HOUR_MS,
      expiresMs: nowMs - 16 * HOUR_MS,
      state: "used",
      joined: [
        { peer: nodeId(1), name: "workbench", joinedMs: nowMs - 39 * HOUR_MS },
        { peer: nodeId(2), name: "attic", joinedMs: nowMs - 38 * HOUR_MS },
      ],
    },
  ];
  const changed = (): void => tell(cluster.tell({ type: "invites.changed" }));
  return {
    invites: () =>
      op(function* () {
        return { invites, more: 0 };
      }),
    invite: ({ roles, uses = 1, forMs = 24 * HOUR_MS, about }) =>
      op(function* () {
        made += 1;
        const link = roles[0] === "tab" ? { link: `https://maxi.example:8182/#${TEXT}` } : {};
        const expiresMs = cluster.nowMs + forMs;
        const words = { id: `made-${made}`, roles, uses, expiresMs, text: TEXT, ...link };
        const about1 = about === undefined ? {} : { about };
        invites = [{ ...words, ...about1, madeMs: cluster.nowMs, state: "open", joined: [] }, ...invites];
        changed();
        return words;
      }),
    revoke: (target) =>
      op(function* () {
        invites = invites.map(({ text, link, ...one }) => {
          const joined = one.joined.map((peer) =>
            peer.peer === target || one.id === target ? { ...peer, out: true as const } : peer,
          );
          if (one.id === target) return { ...one, state: "ended" as const, joined };
          return { ...one, joined, ...(text === undefined ? {} : { text }), ...(link === undefined ? {} : { link }) };
        });
        changed();
      }),
  };
}
