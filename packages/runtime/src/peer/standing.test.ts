import { afterEach, expect, test } from "vitest";
import type { Platform } from "../platform.ts";
import { isSkeinError } from "../errors.ts";
import { createRuntime } from "../task/runtime.ts";
import { createHostPlatform, installHostPlatform } from "../testing/host-platform.ts";
import { createMemoryNetwork } from "../testing/memory-network.ts";
import { DAY_MS } from "../units.ts";
import { readCertificate, readInvite } from "./membership.ts";
import { createPeer } from "./peer.ts";
import type { PeerHost, PeerOptions } from "./peer-host.ts";
import { memoryPeerStore } from "./peer-store.ts";
import { RENEWAL_CHECK_MS } from "./renewal.ts";
import { Standing } from "./standing.ts";

installHostPlatform();
const host = createHostPlatform();
const { network } = createMemoryNetwork(host);
let places = 0;
const opened: PeerHost[] = [];

/** A platform whose calendar can be moved, and whose hourly timers fire when asked to. */
function calendar() {
  let shiftMs = 0;
  const hourly = new Set<() => void>();
  const platform: Platform = {
    ...host,
    wallMs: () => host.wallMs() + shiftMs,
    startTimer: (delayMs, callback) => {
      if (delayMs < RENEWAL_CHECK_MS) return host.startTimer(delayMs, callback);
      hourly.add(callback);
      return host.startTimer(1, () => {});
    },
  };
  return {
    platform,
    pass: (days: number) => {
      shiftMs += days * DAY_MS;
      // Each arms itself again.
      const due = [...hourly];
      hourly.clear();
      for (const callback of due) callback();
    },
  };
}

async function peerIn(options: PeerOptions = {}, platform: Platform = host): Promise<PeerHost> {
  places += 1;
  const peer = await createPeer(platform, {
    listen: [`/memory/standing-${places}`],
    network,
    runtime: createRuntime({ platform }),
    ...options,
  });
  opened.push(peer);
  return peer;
}

afterEach(async () => {
  for (const peer of opened.splice(0)) await peer.close({ cancel: true });
});

const codeOf = async (work: PromiseLike<unknown>): Promise<unknown> =>
  await Promise.resolve(work).then(
    () => "nothing failed",
    (error: unknown) => (isSkeinError(error) ? error.code : error),
  );
const turns = async (count: number): Promise<void> => {
  for (let n = 0; n < count; n += 1) {
    await new Promise<void>((resolve) => {
      host.nextTurn(resolve);
    });
  }
};

test("a cluster that runs for months keeps its members and takes new ones", async () => {
  const { platform, pass } = calendar();
  const owner = await peerIn({}, platform);
  const invite = await owner.invite({ roles: ["node"], uses: 9, forMs: 90 * DAY_MS });
  const store = memoryPeerStore();
  const node = await peerIn({ invite, store }, platform);
  for (const days of [16, 16, 16]) {
    pass(days);
    await turns(20);
  }
  // The owner's own certificate is a fresh one …
  const second = await peerIn({ invite }, platform);
  expect(second.roles).toEqual(["node"]);
  // … and so is the one of who stayed connected.
  const { certificate } = await store.load();
  expect(readCertificate(certificate ?? "").expiresMs).toBeGreaterThan(platform.wallMs() + 20 * DAY_MS);
  await second.connect(node.location);
});

test("whose certificate has expired joins by its invite, and without one is told so", async () => {
  const { platform, pass } = calendar();
  const owner = await peerIn({}, platform);
  const store = memoryPeerStore();
  const invite = await owner.invite({ roles: ["node"], forMs: 90 * DAY_MS });
  const node = await peerIn({ invite, store }, platform);
  await node.close();
  pass(31);
  expect(await codeOf(peerIn({ store, peers: owner.location.addresses }, platform))).toBe("NOT_A_MEMBER");
  const back = await peerIn({ store, invite }, platform);
  expect(back.id).toBe(node.id);
  // While it runs, too: what has expired is not shown.
  back.disconnect(owner.id);
  const standing = await Standing.load(platform, store, { newCluster: false, invite });
  expect(standing.certificate).toBeDefined();
  pass(31);
  expect(standing.certificate).toBe(undefined);
});

test("an invite for more than was held before is redeemed; one for no more is kept for others", async () => {
  const owner = await peerIn();
  const store = memoryPeerStore();
  const first = await peerIn({ invite: await owner.invite({ roles: ["peer", "client"] }), store });
  await first.close();
  const same = await owner.invite({ roles: ["client"], uses: 1 });
  const again = await peerIn({ invite: same, store });
  expect(again.roles).toEqual(["peer", "client"]);
  await again.close();
  expect((await peerIn({ invite: same })).roles).toEqual(["client"]);
  const more = await peerIn({ invite: await owner.invite({ roles: ["node", "client"] }), store });
  expect(more.roles).toEqual(["node", "client"]);
});

test("an invite from somebody who only says that it holds the key is not handed on", async () => {
  const owner = await peerIn();
  const stranger = await peerIn();
  const foreign = await stranger.invite({ roles: ["node"] });
  const good = await owner.invite({ roles: ["node"] });
  const operator = await peerIn({ invite: await owner.invite({ roles: ["operator"] }) });
  const { platform } = calendar();
  const standing = await Standing.load(platform, memoryPeerStore(), { newCluster: false, invite: good });
  expect(standing.checkInvite(good, { roles: ["node"] })).toBe(good);
  for (const [text, roles] of [
    [foreign, "node"],
    [good, "operator"],
  ] as const) {
    expect(() => standing.checkInvite(text, { roles: [roles] })).toThrowError(
      expect.objectContaining({ code: "NOT_A_MEMBER" }),
    );
  }
  expect(readInvite(await operator.invite({ roles: ["node"] })).cluster).toBe(owner.cluster);
});

test("an old certificate, said again by who has seen it, doesn't take the place of a newer one", async () => {
  const { platform, pass } = calendar();
  const owner = await Standing.load(platform, memoryPeerStore(), { newCluster: true });
  const invite = owner.newInvite({ roles: ["peer"] }, ["/memory/nowhere"], owner.peer);
  const peer = await Standing.load(platform, memoryPeerStore(), { newCluster: false, invite });
  const old = await owner.admit(invite, peer.peer);
  await peer.accept(old);
  pass(1);
  const more = owner.newInvite({ roles: ["peer", "operator"] }, ["/memory/nowhere"], owner.peer);
  await peer.accept(await owner.admit(more, peer.peer));
  await peer.accept(old);
  expect(peer.roles).toEqual(["peer", "operator"]);
});

test("each certificate in place of another is told, whoever gave it", async () => {
  const { platform, pass } = calendar();
  const owner = await Standing.load(platform, memoryPeerStore(), { newCluster: true });
  const invite = owner.newInvite({ roles: ["peer"] }, ["/memory/nowhere"], owner.peer);
  const peer = await Standing.load(platform, memoryPeerStore(), { newCluster: false, invite });
  const told: string[] = [];
  owner.onRenewed = (certificate) => told.push(certificate);
  peer.onRenewed = (certificate) => told.push(certificate);
  const first = await owner.admit(invite, peer.peer);
  await peer.accept(first);
  expect(told).toEqual([]);
  pass(20);
  // With a handshake, or asked for.
  const fresh = owner.renew(owner.verify(first, peer.peer)) ?? "";
  await peer.accept(fresh);
  await peer.accept(fresh);
  expect(told).toEqual([fresh]);
  // Signed by the holder of the key for itself, when it shows it.
  const own = owner.certificate;
  expect(told).toEqual([fresh, own]);
});
