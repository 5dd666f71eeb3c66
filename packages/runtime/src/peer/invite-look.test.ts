import { expect, test } from "vitest";
import { lookAtInvite } from "./invite-look.ts";
import { memoryPeers } from "../../test/memory-peers.ts";

const { peerIn, platform, network } = memoryPeers();

const look = async (invite: string): Promise<unknown> => await lookAtInvite(platform, invite, { network });

test("whoever holds an invite learns how many may still join by it, and looking uses nothing up", async () => {
  const owner = await peerIn();
  const invite = await owner.invite({ roles: ["peer"], uses: 2 });
  for (let n = 0; n < 3; n += 1) expect(await look(invite)).toEqual({ left: 2 });
  await peerIn({ invite });
  expect(await look(invite)).toEqual({ left: 1 });
  expect(owner.peers()).toHaveLength(1);
  await peerIn({ invite });
  await expect(look(invite)).rejects.toMatchObject({ code: "INVITE_USED" });
});

test("whoever holds an invite learns that it was revoked, or that its time is over", async () => {
  const owner = await peerIn();
  const invite = await owner.invite({ roles: ["peer"], uses: 2 });
  await owner.revoke(invite);
  const revoked = { code: "NOT_A_MEMBER", message: expect.stringContaining("revoked") };
  await expect(look(invite)).rejects.toMatchObject(revoked);
  const short = await owner.invite({ roles: ["peer"], forMs: 1 });
  const found = async (): Promise<unknown> => await look(short).catch((error: unknown) => error);
  await expect.poll(found).toMatchObject({ code: "INVITE_EXPIRED" });
});

test("only the peers that an invite names are shown it, and where nobody is, that is said", async () => {
  const owner = await peerIn();
  const other = await peerIn();
  const invite = await owner.invite({ roles: ["peer"] });
  const [address = ""] = other.location.addresses;
  const elsewhere = lookAtInvite(platform, invite, { network, address });
  await expect(elsewhere).rejects.toMatchObject({ code: "PEER_UNREACHABLE" });
  await owner.close();
  await expect(look(invite)).rejects.toMatchObject({ code: "PEER_UNREACHABLE" });
});
