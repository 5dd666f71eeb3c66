import { expect, test } from "vitest";
import { createBrowserPlatform } from "./platform.ts";

const platform = createBrowserPlatform();
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const bytes = (digits: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

/** RFC 8032 section 7.1, test 2. */
const SEED = bytes("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
const PUBLIC = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
const SIGNATURE =
  "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

test("hashes are SHA-256 and HMAC-SHA-256 as everywhere", () => {
  expect(hex(platform.sha256(text("abc")))).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  expect(hex(platform.hmacSha256(text("Jefe"), text("what do ya want for nothing?")))).toBe(
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  );
});

test("a signature is the one of RFC 8032, and verifies", () => {
  expect(hex(platform.keyPair(SEED).publicKey)).toBe(PUBLIC);
  expect(hex(platform.sign(SEED, bytes("72")))).toBe(SIGNATURE);
  expect(platform.verify(bytes(PUBLIC), bytes("72"), bytes(SIGNATURE))).toBe(true);
});

test("another message, another key, and bytes that are no signature do not verify", () => {
  expect(platform.verify(bytes(PUBLIC), bytes("73"), bytes(SIGNATURE))).toBe(false);
  expect(platform.verify(platform.generateKey().publicKey, bytes("72"), bytes(SIGNATURE))).toBe(false);
  expect(platform.verify(bytes(PUBLIC), bytes("72"), new Uint8Array(63))).toBe(false);
  expect(platform.verify(new Uint8Array(31), bytes("72"), bytes(SIGNATURE))).toBe(false);
  expect(platform.verify(new Uint8Array(32).fill(255), bytes("72"), bytes(SIGNATURE))).toBe(false);
});

test("a new key pair signs what its public key verifies", () => {
  const pair = platform.generateKey();
  expect(pair.publicKey.length + pair.privateKey.length).toBe(64);
  expect(platform.verify(pair.publicKey, text("hello"), platform.sign(pair.privateKey, text("hello")))).toBe(true);
});

test("more random bytes than the browser gives at once are all random", () => {
  const random = platform.randomBytes(200_000);
  for (const start of [0, 65_536, 131_072, 196_608]) {
    expect(random.subarray(start, start + 32).some((byte) => byte !== 0)).toBe(true);
  }
});

test("turns come in the order given, each in a task of its own, after microtasks", async () => {
  const order: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  platform.nextTurn(() => {
    order.push("first");
    platform.microtask(() => order.push("microtask of the first"));
  });
  platform.nextTurn(() => {
    order.push("second");
    resolve();
  });
  platform.microtask(() => order.push("microtask"));
  order.push("now");
  await promise;
  expect(order).toEqual(["now", "microtask", "first", "microtask of the first", "second"]);
});

test("a runtime that takes turn after turn does not keep messages from arriving", async () => {
  let turns = 0;
  let running = true;
  const again = (): void => {
    turns += 1;
    if (running && turns < 100_000) platform.nextTurn(again);
  };
  platform.nextTurn(again);
  const { port1, port2 } = new MessageChannel();
  await new Promise((resolve) => {
    port1.addEventListener("message", resolve);
    port1.start();
    port2.postMessage("a frame");
  });
  running = false;
  expect(turns).toBeLessThan(1000);
});

test("a stopped timer does not fire, a running one does", async () => {
  let fired = false;
  platform.stopTimer(platform.startTimer(0, () => (fired = true)));
  await new Promise<void>((resolve) => platform.startTimer(1, resolve));
  expect(fired).toBe(false);
});

test("a browser dials WebSockets, has WebRTC where its engine has, and listens on nothing", async () => {
  const network = typeof platform.network === "function" ? await platform.network({}) : undefined;
  expect(network?.dials).toEqual(["ws", "wss"]);
  expect([network?.listens, network?.transports.length]).toEqual([false, 1]);
  expect(network?.webRtc === undefined).toBe(typeof RTCPeerConnection === "undefined");
});
