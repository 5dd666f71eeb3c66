import { expect, test } from "vitest";
import { isSkeinError, type SkeinError } from "../errors.ts";
import type { PeerEvent } from "./events.ts";
import type { PeerHost } from "./peer-host.ts";
import { memoryPeers } from "../../test/memory-peers.ts";

const { peerIn } = memoryPeers();
const SECRET = "k3v9x-2mq8r-w0z7t-b5ynd-1hj6c-4gpsf";
const OTHER = SECRET.replace("k", "l");

async function errorOf(work: PromiseLike<unknown>): Promise<SkeinError> {
  const error = await Promise.resolve(work).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (isSkeinError(error)) return error;
  throw new Error("nothing failed");
}

async function refused(peer: PeerHost): Promise<Extract<PeerEvent, { type: "refused" }>> {
  for await (const event of peer.events.values()) if (event.type === "refused") return event;
  throw new Error("the events ended");
}

test("both sides of a connection that came to nothing are told, with the reason", async () => {
  const here = await peerIn({ secret: SECRET });
  const there = await peerIn({ secret: OTHER });
  const told = Promise.all([refused(here), refused(there)]);
  const error = await errorOf(there.connect(here.location));
  const [answerer, dialler] = await told;
  expect(answerer.error.code).toBe("NOT_A_MEMBER");
  expect(dialler).toEqual({ type: "refused", address: here.location.addresses[0], error });
});

test("a peer doesn't start when none of the peers it was given will have it, and says which and why", async () => {
  const here = await peerIn({ secret: SECRET });
  const [address = ""] = here.location.addresses;
  for (const options of [{ secret: OTHER }, {}]) {
    const error = await errorOf(peerIn({ ...options, peers: [address] }));
    expect(error).toMatchObject({ code: "NOT_A_MEMBER", message: expect.stringContaining(address) });
  }
});

test("a peer starts when one of the peers it was given has it, or isn't there yet", async () => {
  const here = await peerIn({ secret: SECRET });
  const other = await peerIn({ secret: OTHER });
  const addresses = [...here.location.addresses, ...other.location.addresses];
  const one = await peerIn({ secret: SECRET, peers: addresses });
  expect(one.peers().map(({ peer }) => peer)).toEqual([here.id]);
  await peerIn({ secret: OTHER, peers: [...here.location.addresses, "/memory/nobody"] });
});

test("a connection whose session ends at once fails, and nothing is thrown where nobody can catch it", async () => {
  const owner = await peerIn();
  const there = await peerIn({ invite: await owner.invite({ roles: ["peer"] }) });
  const here = await peerIn({ invite: await owner.invite({ roles: ["peer"] }) });
  const connecting = errorOf(here.connect(there.location));
  // In the very turn in which it is connected: nothing here waits for more than promises.
  for (let turn = 0; turn < 100_000 && here.peers().length < 2; turn += 1) await Promise.resolve();
  const closed = here.close({ cancel: true });
  expect(await connecting).toMatchObject({ code: "PEER_LOST" });
  await closed;
});

test("a revoked peer is told that it was sent away, and that it comes in again only as a new one", async () => {
  const owner = await peerIn();
  const bad = await peerIn({ invite: await owner.invite({ roles: ["peer"], uses: 2 }) });
  const events = bad.events.values();
  await owner.revoke(bad.id);
  let lost: SkeinError | undefined;
  for await (const event of events) {
    if (event.type !== "lost") continue;
    lost = event.error;
    break;
  }
  expect(lost?.message).toBe(`peer …${owner.id.slice(-8)} sent this peer away: peer ${bad.id} was revoked`);
  const refusal = await errorOf(bad.connect(owner.location));
  expect(refusal).toMatchObject({ code: "NOT_A_MEMBER", message: `peer ${bad.id} was revoked` });
  for (const error of [lost, refusal]) expect(error?.hint).toMatch(/as a new peer: with a fresh data folder/);
});

test("what is wrong with a secret is said of secrets, and both ways in are named to who shows neither", async () => {
  const here = await peerIn({ secret: SECRET });
  const wrong = await errorOf((await peerIn({ secret: OTHER })).connect(here.location));
  expect(wrong).toMatchObject({ message: "its secret is another one", hint: expect.stringContaining("SKEIN_SECRET") });
  const stranger = await errorOf((await peerIn()).connect(here.location));
  expect(stranger.hint).toMatch(/invite.*secret/);
});

test("a name that nobody could be asked for says who wouldn't have this peer", async () => {
  const here = await peerIn({ secret: SECRET });
  const there = await peerIn({ secret: OTHER, peers: [...here.location.addresses, "/memory/nobody"] });
  const error = await errorOf(there.locate("adder", { timeoutMs: 10 }));
  expect(error).toMatchObject({ code: "TIMEOUT", cause: { code: "NOT_A_MEMBER" } });
  expect(error.message).toMatch(/connected to nobody/);
  expect(error.message).toContain(here.location.addresses[0]);
  // The other one was dialled and refused: that is no reason why it finds nothing.
  expect(await errorOf(here.locate("adder", { timeoutMs: 10 }))).not.toHaveProperty("cause");
});
