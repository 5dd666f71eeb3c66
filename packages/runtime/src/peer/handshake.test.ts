import fc from "fast-check";
import { expect, test } from "vitest";
import type { Link } from "../contracts/link.ts";
import { UNJOINED_FRAME_LIMIT_BYTES } from "../defaults.ts";
import { isSkeinError } from "../errors.ts";
import { memoryLinks } from "../link/memory.ts";
import { createHostPlatform } from "../testing/host-platform.ts";
import { Codec } from "../wire/codec.ts";
import { FrameKind, HEADER_BYTES, WIRE_VERSION, endpointBytes, payloadOf, writeHeader } from "../wire/frames.ts";
import { publicKeyOf } from "./identity.ts";
import { join, welcome, type Introduction, type Member } from "./handshake.ts";
import { newCertificate, signCertificate } from "./membership.ts";
import type { LimitedLink } from "./network.ts";
import { memoryPeerStore } from "./peer-store.ts";
import { NONCE_BYTES } from "./secret.ts";
import { Standing } from "./standing.ts";
import type { StandingOptions } from "./standing-parts.ts";
import { rounds } from "../../test/rounds.ts";

const platform = createHostPlatform();
const SECRET = "k3v9x-2mq8r-w0z7t-b5ynd-1hj6c-4gpsf";
const SELF: Introduction & { readonly invites: boolean } = {
  name: "a peer",
  addresses: ["/memory/1"],
  instance: "i",
  invites: false,
  session: { own: "s", received: 0 },
};
const signal = new AbortController().signal;
/** Where a frame says which version of the wire it is in. */
const VERSION_OFFSET = 5;

const standing = (options: Partial<StandingOptions> = {}): Promise<Standing> =>
  Standing.load(platform, memoryPeerStore(), { newCluster: true, ...options });

interface Ends {
  readonly near: LimitedLink;
  readonly far: LimitedLink;
  /** Every limit that was set on the near end. */
  readonly limits: number[];
}

function ends(): Ends {
  const limits: number[] = [];
  const [near, far] = memoryLinks(platform);
  const limited = (link: Link, seen: number[]): LimitedLink =>
    Object.assign(link, { setFrameLimit: (bytes: number) => void seen.push(bytes) });
  return { near: limited(near, limits), far: limited(far, []), limits };
}

/** Both sides of a handshake: what each made of the other, or the code of its error. */
async function meet(dialler: Standing, answerer: Standing): Promise<readonly [Member | string, Member | string]> {
  const { near, far } = ends();
  return await Promise.all([
    outcome(join(near, answerer.peer, dialler, SELF, signal)),
    outcome(welcome(far, dialler.peer, answerer, () => SELF, signal)),
  ]);
}

const outcome = async (work: Promise<Member>): Promise<Member | string> =>
  await work.catch((error: unknown) => (isSkeinError(error) ? error.code : String(error)));

/** Says these words to `link` as `from`, one frame each. */
function say(link: Link, from: Standing, to: Standing, words: unknown): void {
  const frame = new Codec().encode(words, HEADER_BYTES);
  writeHeader(frame, FrameKind.join, endpointBytes(publicKeyOf(from.peer), 0), endpointBytes(publicKeyOf(to.peer), 0));
  link.send(frame);
}

/** The next words that come. */
const heard = (link: Link): Promise<unknown> =>
  new Promise((resolve) => {
    link.receive((frame) => {
      link.pause();
      resolve(new Codec().decode(payloadOf(frame)));
    });
    link.resume();
  });

test("two who share a secret are members for each other, with a frame limit until then", async () => {
  const [one, two] = [await standing({ secret: SECRET }), await standing({ secret: SECRET })];
  const { near, far, limits } = ends();
  const [there, here] = await Promise.all([
    join(near, two.peer, one, SELF, signal),
    welcome(far, one.peer, two, () => SELF, signal),
  ]);
  for (const member of [there, here]) expect(member).toMatchObject({ name: "a peer", invites: true });
  expect([there.peer, here.peer]).toEqual([two.peer, one.peer]);
  expect(there.expiresMs).toBe(undefined);
  expect(here.expiresMs).toBe(undefined);
  expect(limits[0]).toBe(UNJOINED_FRAME_LIMIT_BYTES);
  expect(limits.at(-1)).toBeGreaterThan(UNJOINED_FRAME_LIMIT_BYTES);
});

test("another secret, or none, is refused on both sides", async () => {
  const [one, other, owner] = [
    await standing({ secret: SECRET }),
    await standing({ secret: SECRET.replace("k", "l") }),
    await standing(),
  ];
  for (const [a, b] of [
    [one, other],
    [one, owner],
    [owner, one],
  ] as const) {
    expect(await meet(a, b)).toEqual(["NOT_A_MEMBER", "NOT_A_MEMBER"]);
  }
});

test("whoever has not joined yet itself refuses nobody: it is not there yet", async () => {
  const owner = await standing();
  const invite = owner.newInvite({ roles: ["peer"] }, ["/memory/1"], owner.peer);
  const [early, member] = [await standing({ invite, newCluster: false }), owner];
  expect(await meet(member, early)).toEqual(["PEER_UNREACHABLE", "PEER_UNREACHABLE"]);
});

test("a proof that was overheard, or one's own sent back, opens nothing", async () => {
  const [one, two] = [await standing({ secret: SECRET }), await standing({ secret: SECRET })];
  const nonce = platform.randomBytes(NONCE_BYTES);
  // What `one` once said to `two`, for other numbers.
  const old = one.prove({
    side: "dialler",
    dialler: one.peer,
    answerer: two.peer,
    nonces: [nonce, platform.randomBytes(NONCE_BYTES)],
  });
  const { near, far } = ends();
  const welcomed = outcome(welcome(far, one.peer, two, () => SELF, signal));
  say(near, one, two, { ...SELF, nonce });
  expect(await heard(near)).toMatchObject({ challenge: expect.any(Uint8Array) });
  say(near, one, two, { proof: old });
  expect(await heard(near)).toMatchObject({ ok: false, code: "NOT_A_MEMBER" });
  expect(await welcomed).toBe("NOT_A_MEMBER");
  // Somebody without the secret answers a dialler with what the dialler itself has proved.
  const second = ends();
  const joined = outcome(join(second.near, two.peer, one, SELF, signal));
  const hello = (await heard(second.far)) as { readonly nonce: Uint8Array };
  say(second.far, two, one, { challenge: hello.nonce });
  const { proof } = (await heard(second.far)) as { readonly proof: Uint8Array };
  say(second.far, two, one, { ok: true, ...SELF, certificate: "a.b", proof, invites: true });
  expect(await joined).toBe("NOT_A_MEMBER");
});

test("whoever has no secret proves nothing to who asks for it, and believes no proof", async () => {
  const owner = await standing();
  const { near, far } = ends();
  const joined = outcome(join(near, owner.peer, owner, SELF, signal));
  await heard(far);
  say(far, owner, owner, { challenge: platform.randomBytes(NONCE_BYTES) });
  expect(await joined).toBe("NOT_A_MEMBER");
  const other = await standing();
  const second = ends();
  const again = outcome(join(second.near, other.peer, owner, SELF, signal));
  await heard(second.far);
  const certificate = other.certificate ?? "";
  say(second.far, other, owner, { ok: true, ...SELF, certificate, proof: new Uint8Array(32), invites: true });
  expect(await again).toBe("NOT_A_MEMBER");
});

test("leaving the proof out falls back to a certificate of the cluster's key, never to nothing", async () => {
  const [one, two, stranger] = [
    await standing({ secret: SECRET }),
    await standing({ secret: SECRET }),
    await standing({ secret: SECRET.replace("k", "l") }),
  ];
  const { near, far } = ends();
  const welcomed = outcome(welcome(far, stranger.peer, two, () => SELF, signal));
  // Another's good certificate, without a number to prove anything for.
  say(near, stranger, two, { ...SELF, certificate: one.certificate });
  expect(await heard(near)).toMatchObject({ ok: false, code: "NOT_A_MEMBER" });
  expect(await welcomed).toBe("NOT_A_MEMBER");
});

test("a stranger learns nothing of whom it asked: no name, no address, no certificate, no cluster", async () => {
  const { near, far } = ends();
  const [owner, stranger] = [await standing(), await standing()];
  const welcomed = outcome(welcome(far, stranger.peer, owner, () => SELF, signal));
  say(near, stranger, owner, { ...SELF, certificate: stranger.certificate });
  const answer = JSON.stringify(await heard(near));
  await welcomed;
  for (const told of [SELF.name, "/memory/1", owner.cluster, owner.certificate ?? "none"]) {
    expect(answer).not.toContain(told);
  }
});

test("a certificate for another peer, of the past or the future, is none; a clock that is off is named", async () => {
  const key = platform.generateKey().privateKey;
  const owner = await Standing.load(platform, memoryPeerStore({ clusterKey: key }), { newCluster: false });
  const [first, second] = [await standing(), await standing()];
  const certificate = (shiftMs: number, peer = first.peer): string =>
    signCertificate(platform, key, newCertificate(owner.cluster, peer, ["node"], platform.wallMs() + shiftMs));
  const year = 365 * 86_400_000;
  for (const [token, message] of [
    [certificate(0, second.peer), /another peer's/],
    [certificate(-year), /was good until .* UTC, and it is .* UTC/],
    [certificate(year), /is from .* UTC, and the clock here says .* UTC/],
  ] as const) {
    const { near, far } = ends();
    const welcomed = outcome(welcome(far, first.peer, owner, () => SELF, signal));
    say(near, first, owner, { ...SELF, certificate: token });
    expect(await heard(near)).toMatchObject({ ok: false, message: expect.stringMatching(message) });
    expect(await welcomed).toBe("NOT_A_MEMBER");
  }
});

const anyWord = fc.oneof(
  fc.anything({ withBigInt: true, withMap: true, withSet: true, withTypedArray: true, maxDepth: 3 }),
  fc.record(
    {
      name: fc.oneof(fc.string(), fc.anything()),
      addresses: fc.oneof(fc.array(fc.string()), fc.anything()),
      instance: fc.oneof(fc.string(), fc.anything()),
      session: fc.oneof(fc.constant(SELF.session), fc.anything()),
      certificate: fc.oneof(fc.string(), fc.anything()),
      invite: fc.oneof(fc.string(), fc.anything()),
      nonce: fc.oneof(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.anything()),
      proof: fc.oneof(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.anything()),
      challenge: fc.oneof(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.anything()),
      granted: fc.string(),
      ok: fc.boolean(),
      invites: fc.boolean(),
      code: fc.constantFrom("NOT_A_MEMBER", "INVITE_USED", "nonsense"),
      message: fc.string(),
      hint: fc.string(),
    },
    { requiredKeys: [] },
  ),
);

test("sides that speak different versions of the wire both say so", async () => {
  const [one, two] = [await standing(), await standing()];
  const old = (link: Link, from: Standing, to: Standing): void => {
    const frame = new Codec().encode({}, HEADER_BYTES);
    writeHeader(
      frame,
      FrameKind.join,
      endpointBytes(publicKeyOf(from.peer), 0),
      endpointBytes(publicKeyOf(to.peer), 0),
    );
    frame[VERSION_OFFSET] = WIRE_VERSION - 1;
    link.send(frame);
  };
  const dialled = ends();
  const answer = heard(dialled.near);
  const welcomed = outcome(welcome(dialled.far, one.peer, two, () => SELF, signal));
  old(dialled.near, one, two);
  expect(await welcomed).toBe("CODE_MISMATCH");
  expect(await answer).toMatchObject({ ok: false, code: "CODE_MISMATCH" });
  const { near, far } = ends();
  const joined = outcome(join(near, two.peer, one, SELF, signal));
  await heard(far);
  old(far, two, one);
  expect(await joined).toBe("CODE_MISMATCH");
});

test("no words make a stranger a member, on either side, and each ends in a typed refusal", async () => {
  const stranger = await standing();
  for (const mine of [await standing(), await standing({ secret: SECRET })]) {
    await fc.assert(
      fc.asyncProperty(fc.array(anyWord, { minLength: 1, maxLength: 3 }), fc.boolean(), async (words, dials) => {
        const { near, far } = ends();
        const result = dials
          ? outcome(join(near, stranger.peer, mine, SELF, signal))
          : outcome(welcome(near, stranger.peer, mine, () => SELF, signal));
        for (const word of words) {
          try {
            say(far, stranger, mine, word);
          } catch {
            say(far, stranger, mine, "what can't be sent");
          }
        }
        // Whoever stops talking is told by the end of the connection.
        far.receive(() => {});
        far.resume();
        far.close();
        expect(await result).toMatch(/^(NOT_A_MEMBER|WIRE_INVALID|PEER_UNREACHABLE|INVITE_USED|OPTION_INVALID)$/);
      }),
      { numRuns: rounds(300) },
    );
  }
});

test("no bytes at all make a stranger a member", async () => {
  const [stranger, mine] = [await standing(), await standing({ secret: SECRET })];
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.boolean(), async (bytes, headed) => {
      const { near, far } = ends();
      const result = outcome(welcome(near, stranger.peer, mine, () => SELF, signal));
      const frame = new Uint8Array(HEADER_BYTES + bytes.byteLength);
      frame.set(bytes, HEADER_BYTES);
      const [from, to] = [stranger.peer, mine.peer].map((peer) => endpointBytes(publicKeyOf(peer), 0));
      if (headed && from !== undefined && to !== undefined) writeHeader(frame, FrameKind.join, from, to);
      far.send(headed ? frame : bytes);
      far.close();
      expect(await result).toMatch(/^(NOT_A_MEMBER|WIRE_INVALID|PEER_UNREACHABLE)$/);
    }),
    { numRuns: rounds(300) },
  );
});
