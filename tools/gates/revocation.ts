/** A revoked peer is out within 2 s everywhere: members in processes of their own, some of them sent away. */
import { createRuntime, startPeer } from "@skein/node-server";
import { type MemberProcess, startMember } from "../../packages/node-server/test/members.ts";
import { expectThat, type Gate } from "./gate.ts";

const MEMBERS = 12;
const SENT_AWAY = 6;
const LIMIT_MS = 2000;
/** Each knows these many of those before it, besides the owner. */
const LINKS = 3;

type Member = MemberProcess & { readonly id: string; readonly address: string };

export const gate: Gate = {
  proves: `of ${MEMBERS} processes, ${SENT_AWAY} are revoked one after another: each is out everywhere within ${LIMIT_MS / 1000} s, and stays out`,
  limitMs: 3 * 60_000,
  run: async () => {
    await using stack = new AsyncDisposableStack();
    const owner = stack.use(await startPeer({ listen: ["127.0.0.1:0"], runtime: createRuntime() }));
    const invite = await owner.invite({ roles: ["peer"], uses: MEMBERS });
    const members: Member[] = [];
    for (let n = 0; n < MEMBERS; n += 1) {
      // An invite ends with whoever is sent away: each has its own.
      const own = n < SENT_AWAY ? await owner.invite({ roles: ["peer"] }) : invite;
      const member = stack.use(await startMember({ invite: own }));
      for (const before of members.slice(-LINKS)) {
        member.connect(before.address);
        await member.line(({ type, peer }) => type === "connected" && peer === before.id);
      }
      members.push(member);
    }
    const tookMs: number[] = [];
    for (const [n, bad] of members.slice(0, SENT_AWAY).entries()) {
      const rest = members.slice(n + 1);
      const connected = rest.filter((one) => isConnected(one, bad.id));
      const atMs = Date.now();
      await owner.revoke(bad.id);
      const lost = await Promise.all(
        connected.map((one) => one.line(({ type, peer }) => type === "lost" && peer === bad.id)),
      );
      const lostMs = Math.max(...lost.map((line) => line.atMs)) - atMs;
      tookMs.push(lostMs);
      expectThat(lostMs <= LIMIT_MS, `a revoked peer was still in after ${lostMs} ms`);
      const from = bad.lines.length;
      for (const one of rest.slice(-LINKS)) bad.connect(one.address);
      await bad.line(({ type, code }) => type === "not-reached" && code === "NOT_A_MEMBER", from);
    }
    console.log(`   out everywhere after ${tookMs.join(", ")} ms`);
  },
};

/** By the last word it said about that peer. */
function isConnected(member: Member, id: string): boolean {
  const last = member.lines.findLast(({ type, peer }) => peer === id && (type === "connected" || type === "lost"));
  return last?.type === "connected";
}
