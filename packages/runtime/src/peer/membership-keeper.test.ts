import { afterEach, expect, test } from "vitest";
import { JOINS_PER_MINUTE, UNJOINED_CONNECTIONS_LIMIT, UNJOINED_PER_PLACE_LIMIT } from "../defaults.ts";
import { isSkeinError } from "../errors.ts";
import type { Platform } from "../platform.ts";
import { createRuntime } from "../task/runtime.ts";
import { createHostPlatform, installHostPlatform } from "../testing/host-platform.ts";
import { createMemoryNetwork } from "../testing/memory-network.ts";
import { DAY_MS, HOUR_MS } from "../units.ts";
import { readInvite } from "./membership.ts";
import type { NetworkConnection } from "./network.ts";
import { createPeer } from "./peer.ts";
import type { PeerHost, PeerOptions } from "./peer-host.ts";
import { memoryPeerStore } from "./peer-store.ts";

installHostPlatform();
const host = createHostPlatform();
const { network } = createMemoryNetwork(host);
const SECRET = "k3v9x-2mq8r-w0z7t-b5ynd-1hj6c-4gpsf";
let places = 0;
const opened: PeerHost[] = [];

async function peerIn(options: PeerOptions = {}, platform: Platform = host): Promise<PeerHost> {
  places += 1;
  const listen = [`/memory/keeper-${places}`];
  const peer = await createPeer(platform, { listen, network, runtime: createRuntime({ platform }), ...options });
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

/** Resolves when `peer` no longer sees `other`. */
async function gone(peer: PeerHost, other: PeerHost): Promise<void> {
  const events = peer.events.values();
  while (peer.peers().some((one) => one.peer === other.id)) await events.next();
}

/** Resolves when `peer` sees `other`. */
async function here(peer: PeerHost, other: PeerHost): Promise<void> {
  const events = peer.events.values();
  while (!peer.peers().some((one) => one.peer === other.id)) await events.next();
}

test("a revoked peer is out everywhere, and neither its certificate nor its invite lets it back in", async () => {
  const owner = await peerIn();
  const invite = await owner.invite({ roles: ["peer"], uses: 3 });
  const [bad, good] = [await peerIn({ invite, store: memoryPeerStore() }), await peerIn({ invite })];
  await bad.connect(good.location);
  await owner.revoke(bad.id);
  await Promise.all([gone(owner, bad), gone(good, bad), gone(bad, owner), gone(bad, good)]);
  expect(await codeOf(bad.connect(owner.location))).toBe("NOT_A_MEMBER");
  expect(await codeOf(bad.connect(good.location))).toBe("NOT_A_MEMBER");
  expect(await codeOf(good.connect(bad.location))).toBe("NOT_A_MEMBER");
  // As somebody else, by the text it knows.
  expect(await codeOf(peerIn({ invite }))).toBe("NOT_A_MEMBER");
  // Who joined by the same invite stays.
  await good.connect(owner.location);
  const other = await peerIn({ invite: await owner.invite({ roles: ["peer"] }) });
  await good.connect(other.location);
});

test("a revoked invite is of no use, and whoever joined by it is out", async () => {
  const owner = await peerIn();
  const invite = await owner.invite({ roles: ["client"], uses: 9 });
  const other = await owner.invite({ roles: ["client"], uses: 9 });
  const [first, second] = [await peerIn({ invite }), await peerIn({ invite: other })];
  await second.connect(first.location);
  await owner.revoke(invite);
  await Promise.all([gone(owner, first), gone(second, first)]);
  expect(await codeOf(peerIn({ invite }))).toBe("NOT_A_MEMBER");
  expect(owner.peers().map(({ peer }) => peer)).toEqual([second.id]);
  await owner.revoke(readInvite(other).id);
  await gone(owner, second);
});

test("the invites that a revoked operator made are of no use any more, those of others are", async () => {
  const owner = await peerIn();
  const bad = await peerIn({ invite: await owner.invite({ roles: ["operator"] }) });
  const good = await peerIn({ invite: await owner.invite({ roles: ["operator"] }) });
  const [theirs, ours] = [await bad.invite({ roles: ["operator"] }), await good.invite({ roles: ["peer"] })];
  await good.revoke(bad.id);
  expect(await codeOf(peerIn({ invite: theirs }))).toBe("NOT_A_MEMBER");
  expect((await peerIn({ invite: ours })).roles).toEqual(["peer"]);
});

test("an operator revokes by asking the holder of the key; others may not, and the holder stays", async () => {
  const owner = await peerIn();
  const operator = await peerIn({ invite: await owner.invite({ roles: ["operator"] }) });
  const node = await peerIn({ invite: await owner.invite({ roles: ["node"] }) });
  expect(await codeOf(node.revoke(operator.id))).toBe("ROLE_FORBIDS");
  expect(await codeOf(operator.revoke(owner.id))).toBe("OPTION_INVALID");
  expect(await codeOf(owner.revoke(owner.id))).toBe("OPTION_INVALID");
  expect(await codeOf(operator.revoke("nobody"))).toBe("OPTION_INVALID");
  await operator.revoke(node.id);
  await gone(owner, node);
});

test("who was away when somebody was revoked learns it from whom it meets, and after a restart still knows", async () => {
  const owner = await peerIn();
  const invite = (): Promise<string> => Promise.resolve(owner.invite({ roles: ["peer"] }));
  const bad = await peerIn({ invite: await invite() });
  const store = memoryPeerStore();
  const away = await peerIn({ invite: await invite(), store });
  await away.close();
  await owner.revoke(bad.id);
  await gone(owner, bad);
  const back = await peerIn({ store });
  await here(back, owner);
  // The news comes right after the session begins: an answer on it came later.
  await back.procedures.call({ peer: owner.id, server: 0 }, "peer.revocations", undefined);
  const events = bad.events.values();
  void events;
  expect(await codeOf(bad.connect(back.location))).toBe("NOT_A_MEMBER");
  await back.close();
  expect((await store.load()).revocations).toHaveLength(1);
  const alone = await peerIn({ store });
  expect(await codeOf(bad.connect(alone.location))).toBe("NOT_A_MEMBER");
});

test("what another key signed, or nobody, sends nobody away", async () => {
  const owner = await peerIn();
  const stranger = await peerIn();
  const victim = await peerIn({ invite: await owner.invite({ roles: ["peer"] }) });
  const node = await peerIn({ invite: await owner.invite({ roles: ["node"] }) });
  await stranger.revoke(victim.id);
  const tokens = await stranger.procedures.call({ peer: stranger.id, server: 0 }, "peer.revocations", undefined);
  for (const given of [tokens, ["a.b"], []]) {
    await node.procedures.call({ peer: owner.id, server: 0 }, "peer.revoked", { tokens: given });
  }
  expect(await codeOf(node.procedures.call({ peer: owner.id, server: 0 }, "peer.revoked", { tokens: 5 }))).toBe(
    "WIRE_INVALID",
  );
  expect(
    owner
      .peers()
      .map(({ peer }) => peer)
      .toSorted(),
  ).toEqual([victim.id, node.id].toSorted());
});

test("whoever has the secret is a member with every role but tab and viewer, without a certificate", async () => {
  const store = memoryPeerStore();
  const one = await peerIn({ secret: SECRET, store });
  const two = await peerIn({ secret: `${SECRET}\n`, peers: one.location.addresses });
  expect(two.cluster).toBe(one.cluster);
  expect(two.peers()).toMatchObject([{ peer: one.id, roles: ["scheduler", "operator", "client", "node", "peer"] }]);
  expect(one.peers()).toMatchObject([{ peer: two.id, roles: ["scheduler", "operator", "client", "node", "peer"] }]);
  const kept = await store.load();
  expect(Object.keys(kept)).toEqual(["privateKey"]);
});

test("another secret, an invite's cluster and a stranger are refused at a secret's cluster, and it by them", async () => {
  const one = await peerIn({ secret: SECRET });
  const owner = await peerIn();
  const other = await peerIn({ secret: SECRET.replace("k", "l") });
  for (const [from, to] of [
    [other, one],
    [owner, one],
    [one, owner],
    [one, other],
  ] as const) {
    expect(await codeOf(from.connect(to.location))).toBe("NOT_A_MEMBER");
  }
  expect(one.peers()).toEqual([]);
});

test("who failed to join too often is not heard for a while, and told so; members and others there are heard", async () => {
  const owner = await peerIn();
  const member = await peerIn({ invite: await owner.invite({ roles: ["peer"] }) });
  const stranger = await peerIn();
  for (let n = 0; n < JOINS_PER_MINUTE; n += 1) {
    expect(await codeOf(stranger.connect(owner.location))).toBe("NOT_A_MEMBER");
  }
  expect(await codeOf(stranger.connect(owner.location))).toBe("LINK_OVERLOADED");
  member.disconnect(owner.id);
  await member.connect(owner.location);
});

test("a stranger that opens connections and leaves before it is refused doesn't keep others out", async () => {
  const owner = await peerIn();
  const invite = await owner.invite({ roles: ["peer"] });
  const handlers = { connected: () => {}, linked: () => {} };
  const stranger = await network({ keys: host.generateKey(), listen: [], announce: [], handlers });
  const dial = (): Promise<NetworkConnection> => stranger.dial(owner.location.addresses, new AbortController().signal);
  // Nothing is said on them: they take up no more than one place may have, so others still come in.
  const held = await Promise.all(Array.from({ length: UNJOINED_CONNECTIONS_LIMIT }, dial));
  const refused = held.slice(0, -UNJOINED_PER_PLACE_LIMIT);
  await Promise.all(refused.map((connection) => connection.closed));
  expect((await peerIn({ invite })).peers().map(({ peer }) => peer)).toEqual([owner.id]);
  // That they were closed by the stranger itself counts as well: it is barred.
  for (const connection of held) connection.close();
  await (
    await dial()
  ).closed;
});

test("a secret and an invite are two clusters: both together, or one in the other's place, is refused", async () => {
  const owner = await peerIn();
  const invite = await owner.invite({ roles: ["peer"], uses: 2 });
  expect(await codeOf(peerIn({ invite, secret: SECRET }))).toBe("OPTION_INVALID");
  expect(await codeOf(peerIn({ secret: "too weak" }))).toBe("SECRET_WEAK");
  const store = memoryPeerStore();
  await (await peerIn({ invite, store })).close();
  expect(await codeOf(peerIn({ secret: SECRET, store }))).toBe("OPTION_INVALID");
});

test("whoever has the secret can invite tabs and viewers, which prove themselves by certificate", async () => {
  const one = await peerIn({ secret: SECRET });
  const two = await peerIn({ secret: SECRET, peers: one.location.addresses });
  const viewer = await peerIn({ invite: await one.invite({ roles: ["viewer"] }) });
  expect(viewer.roles).toEqual(["viewer"]);
  await viewer.connect(two.location);
  expect(two.peers().find(({ peer }) => peer === viewer.id)?.roles).toEqual(["viewer"]);
  // And the other way: who has the secret dials who has a certificate only.
  const peer = await peerIn({ invite: await two.invite({ roles: ["peer"] }) });
  await one.connect(peer.location);
  expect(peer.peers().find((each) => each.peer === one.id)?.roles).toContain("operator");
});

test("a member of a secret's cluster is revoked by any other", async () => {
  const one = await peerIn({ secret: SECRET });
  const two = await peerIn({ secret: SECRET, peers: one.location.addresses });
  const three = await peerIn({ secret: SECRET, peers: [...one.location.addresses, ...two.location.addresses] });
  await two.revoke(three.id);
  await Promise.all([gone(one, three), gone(two, three)]);
  expect(await codeOf(three.connect(one.location))).toBe("NOT_A_MEMBER");
});

/** A platform whose calendar can be moved, and whose long timers fire when it is. */
function calendar() {
  let shiftMs = 0;
  const waiting = new Set<() => void>();
  const platform: Platform = {
    ...host,
    wallMs: () => host.wallMs() + shiftMs,
    startTimer: (delayMs, callback) => {
      if (delayMs < HOUR_MS) return host.startTimer(delayMs, callback);
      waiting.add(callback);
      return callback;
    },
    stopTimer: (timer) => {
      for (const callback of waiting) if (callback === timer) waiting.delete(callback);
      if (typeof timer !== "function") host.stopTimer(timer);
    },
  };
  const pass = (days: number): void => {
    shiftMs += days * DAY_MS;
    const due = [...waiting];
    waiting.clear();
    for (const callback of due) callback();
  };
  return { platform, pass };
}

test("the session with a peer whose certificate has ended ends too", async () => {
  const { platform, pass } = calendar();
  const owner = await peerIn({}, platform);
  // Its own clock stands, so that it asks for no fresh one.
  const node = await peerIn({ invite: await owner.invite({ roles: ["node"] }) });
  pass(29);
  expect(owner.peers()).toHaveLength(1);
  pass(2);
  await gone(owner, node);
});

test("peers that renew their certificates in time stay connected, with each other too", async () => {
  const { platform, pass } = calendar();
  const owner = await peerIn({}, platform);
  const invite = await owner.invite({ roles: ["node"], uses: 2 });
  const [one, two] = [await peerIn({ invite }, platform), await peerIn({ invite }, platform)];
  await one.connect(two.location);
  const lost: string[] = [];
  for (const peer of [owner, one, two]) {
    const seen = peer.events.values().forEach((event) => void (event.type === "lost" && lost.push(event.type)));
    void Promise.resolve(seen);
  }
  for (let month = 0; month < 5; month += 1) {
    pass(16);
    // Each asks the owner, and tells the others: an answer to a later call comes after that.
    for (const from of [one, two]) {
      for (let round = 0; round < 3; round += 1) {
        await from.procedures.call({ peer: owner.id, server: 0 }, "peer.revocations", undefined);
        await from.procedures.call({ peer: from === one ? two.id : one.id, server: 0 }, "peer.revocations", undefined);
      }
    }
  }
  expect(lost).toEqual([]);
  expect(one.peers()).toHaveLength(2);
});

test("an invite that has expired names both clocks", async () => {
  const { platform, pass } = calendar();
  const owner = await peerIn({}, platform);
  const invite = await owner.invite({ roles: ["node"] });
  pass(3);
  const error: unknown = await peerIn({ invite }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isSkeinError(error)) throw new Error("it joined");
  expect(error.code).toBe("INVITE_EXPIRED");
  expect(error.message).toMatch(/good until \d{4}-\d\d-\d\d .* UTC, and the clock of who was asked says/);
  expect(error.hint).toMatch(/the clock here says .* UTC, 3 days behind: set the clocks/);
});
