import { expect, test } from "vitest";
import { JOINS_PER_MINUTE, UNJOINED_AFTER_FAILURES, UNJOINED_PER_PLACE_LIMIT } from "../defaults.ts";
import type { PeerId } from "../ids.ts";
import { MINUTE_MS } from "../units.ts";
import { Admission, placeOf, type Unjoined } from "./admission.ts";

// Ids of nobody: only whether they are the same counts.
const peer = (name: string | number): PeerId => `12D3KooW${name}` as PeerId;
const at = (port: number, host = "10.0.0.7"): string => `/ip4/${host}/tcp/${port}`;

interface Opened {
  readonly entrance: Unjoined | undefined;
  /** Whether it had to give way. */
  readonly ended: () => boolean;
}

function enter(admission: Admission, address: string, who: PeerId, nowMs = 0, known = false): Opened {
  let ended = false;
  const giveWay = (): void => {
    ended = true;
  };
  return { entrance: admission.enter({ address, peer: who, known, giveWay }, nowMs), ended: () => ended };
}

/** One that fails as often as a place may. */
function failing(address: string, who: PeerId): Admission {
  const admission = new Admission();
  for (let n = 0; n < JOINS_PER_MINUTE; n += 1) enter(admission, address, who).entrance?.failed(0);
  return admission;
}

test("who failed too often in a minute is not heard, whatever the port; others behind the same address are", () => {
  const admission = failing(at(1), peer("bad"));
  expect(enter(admission, at(2), peer("bad")).entrance).toBe(undefined);
  expect(enter(admission, at(2, "10.0.0.8"), peer("bad")).entrance).not.toBe(undefined);
  expect(enter(admission, at(3), peer("good")).entrance).not.toBe(undefined);
  expect(enter(admission, at(2), peer("bad"), MINUTE_MS - 1).entrance).toBe(undefined);
  expect(enter(admission, at(2), peer("bad"), MINUTE_MS).entrance).not.toBe(undefined);
});

test("at an address that failed too often few are let in at once, the newest in place of the oldest", () => {
  const admission = failing(at(1), peer("bad"));
  const open = Array.from({ length: UNJOINED_AFTER_FAILURES }, (_, n) => enter(admission, at(n), peer(n)));
  expect(open.map(({ ended }) => ended())).not.toContain(true);
  const member = enter(admission, at(99), peer("member"));
  expect(open.map(({ ended }) => ended())).toEqual(open.map((_, n) => n === 0));
  member.entrance?.joined();
  // It has joined, and gives way to nobody.
  for (let n = 0; n < 2 * UNJOINED_AFTER_FAILURES; n += 1) enter(admission, at(n), peer(`more${n}`));
  expect(member.ended()).toBe(false);
});

test("one place has so many connections at once on which nobody has joined; another one ends the oldest", () => {
  const admission = new Admission();
  const open = Array.from({ length: UNJOINED_PER_PLACE_LIMIT }, (_, n) => enter(admission, at(n), peer("same")));
  expect(open.map(({ ended }) => ended())).not.toContain(true);
  const next = enter(admission, at(99), peer("other"));
  expect(next.entrance).not.toBe(undefined);
  expect([open[0]?.ended(), open[1]?.ended()]).toEqual([true, false]);
  // Who gave way has not failed, and who comes from elsewhere or is known ends nobody.
  open[0]?.entrance?.failed(0);
  enter(admission, at(1, "10.0.0.8"), peer("elsewhere"));
  enter(admission, at(100), peer("known"), 0, true);
  // Who has joined takes up no place, and that counts once.
  next.entrance?.joined();
  next.entrance?.joined();
  enter(admission, at(101), peer("third"));
  expect(open[1]?.ended()).toBe(false);
  enter(admission, at(102), peer("fourth"));
  expect(open[1]?.ended()).toBe(true);
});

test("connections that end without a join count once, those on which somebody joined never", () => {
  const admission = new Admission();
  for (let n = 0; n < JOINS_PER_MINUTE - 1; n += 1) enter(admission, at(n), peer("bad")).entrance?.failed(0);
  for (let n = 0; n < JOINS_PER_MINUTE; n += 1) {
    const { entrance } = enter(admission, at(n), peer("bad"));
    entrance?.joined();
    entrance?.failed(0);
  }
  const last = enter(admission, at(1), peer("bad"));
  expect(last.entrance).not.toBe(undefined);
  last.entrance?.failed(0);
  expect(enter(admission, at(2), peer("bad")).entrance).toBe(undefined);
});

test("one machine's many IPv6 addresses are one place, however they are written", () => {
  const place = placeOf("/ip6/2001:db8:0:1::5/tcp/1");
  for (const same of ["2001:db8:0:1:aaaa:bbbb:cccc:dddd", "2001:0db8::1:0:0:0:9", "2001:DB8:0:1:1::"]) {
    expect(placeOf(`/ip6/${same}/tcp/1`), same).toBe(place);
  }
  for (const other of ["2001:db8:0:2::5", "2001:db8::5", "fe80::1%eth0"]) {
    expect(placeOf(`/ip6/${other}/tcp/1`), other).not.toBe(place);
  }
});

test("this machine and relays are one place for nobody: everybody there has the same address", () => {
  for (const shared of ["/ip4/127.0.0.1/tcp/1", "/ip6/::1/tcp/1", "/ip4/10.0.0.1/tcp/1/p2p/Q/p2p-circuit"]) {
    const admission = failing(shared, peer("bad"));
    const open = Array.from({ length: 2 * UNJOINED_PER_PLACE_LIMIT }, () => enter(admission, shared, peer("bad")));
    expect(
      open.every(({ entrance, ended }) => entrance !== undefined && !ended()),
      shared,
    ).toBe(true);
  }
});

test("places remembered are bounded, the oldest go", () => {
  const admission = failing(at(1), peer("bad"));
  for (let n = 0; n < 10_000; n += 1) {
    const elsewhere = `/ip4/11.${n >> 16}.${(n >> 8) & 255}.${n & 255}/tcp/1`;
    enter(admission, elsewhere, peer(n)).entrance?.failed(0);
  }
  expect(enter(admission, at(1), peer("bad")).entrance).not.toBe(undefined);
});
