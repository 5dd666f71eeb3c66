import { expect, test } from "vitest";
import type { Endpoint } from "../contracts/endpoint.ts";
import type { Procedures } from "../contracts/procedures.ts";
import { SkeinError } from "../errors.ts";
import type { PeerId } from "../ids.ts";
import { silentLogger } from "../logger.ts";
import { op } from "../task/op.ts";
import { createHostPlatform, installHostPlatform } from "../testing/host-platform.ts";
import type { Member } from "./handshake.ts";
import { peerIdOf } from "./identity.ts";
import { Inviter } from "./invite-procedure.ts";
import { memoryPeerStore } from "./peer-store.ts";
import { Revoker } from "./revoker.ts";
import { Standing } from "./standing.ts";

installHostPlatform();
const platform = createHostPlatform();
const newId = (): PeerId => peerIdOf(platform.generateKey().publicKey);
const nothing = (): Disposable => ({ [Symbol.dispose]: () => {} });

/** Says of itself that it holds the cluster's key. */
const holder = (peer: PeerId): Member => ({
  peer,
  name: "",
  roles: ["peer"],
  addresses: [],
  instance: "",
  session: { own: "", received: 0 },
  invites: true,
});

/** Others that answer calls as `answer` says. */
function others(answer: (to: PeerId) => unknown): Procedures {
  return {
    self: { peer: newId(), server: 0 },
    handle: nothing,
    call: (to: Endpoint) =>
      op(function* () {
        return answer(to.peer);
      }),
    notify: () => {},
    tryNotify: () => {},
    check: () => 0,
    onLost: nothing,
  };
}

/** An operator in the cluster of `owner`. */
async function operatorOf(owner: Standing): Promise<Standing> {
  const invite = owner.newInvite({ roles: ["operator"] }, ["/memory/nowhere"], owner.peer);
  return await Standing.load(platform, memoryPeerStore(), { newCluster: false, invite });
}

test("a peer is not believed to be revoked because a member that says it holds the key says so", async () => {
  const owner = await Standing.load(platform, memoryPeerStore(), { newCluster: true });
  const standing = await operatorOf(owner);
  const liar = newId();
  const holders = [holder(liar)];
  const answers = new Map<PeerId, unknown>([[liar, []]]);
  const revoker = new Revoker({
    standing,
    procedures: others((to) => answers.get(to)),
    logger: silentLogger,
    members: () => holders,
    expel: () => {},
  });
  await expect(Promise.resolve(revoker.revoke(liar))).rejects.toMatchObject({ code: "NOT_A_MEMBER" });

  await owner.revoke(liar);
  holders.push(holder(owner.peer));
  answers.set(owner.peer, owner.revocations.tokensOf("peer", liar));
  await revoker.revoke(liar);
  expect(standing.revocations.isOut("peer", liar)).toBe(true);
});

test("a member that says it holds the key and refuses doesn't keep an operator from inviting", async () => {
  const owner = await Standing.load(platform, memoryPeerStore(), { newCluster: true });
  const standing = await operatorOf(owner);
  const liar = newId();
  const text = owner.newInvite({ roles: ["peer"] }, ["/memory/nowhere"], owner.peer);
  const procedures = others((to) => {
    if (to === owner.peer) return text;
    throw new SkeinError("ROLE_FORBIDS", "no", { hint: "ask another" });
  });
  const members = (): readonly Member[] => [holder(liar), holder(owner.peer)];
  // Nobody who has not joined is carried there.
  const addresses = () => [`/ip4/127.0.0.1/tcp/1/p2p/${owner.peer}/p2p-circuit`];
  const inviter = new Inviter({ standing, procedures, addresses, members });
  expect(await inviter.invite({ roles: ["peer"] })).toBe(text);
});
