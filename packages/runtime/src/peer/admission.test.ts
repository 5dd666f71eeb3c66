import { expect, test } from "vitest";
import { JOINS_PER_MINUTE, UNJOINED_PER_PLACE_LIMIT } from "../defaults.ts";
import { MINUTE_MS } from "../units.ts";
import { Admission, FailedJoins } from "./admission.ts";

function failing(address: string, times: number, nowMs = 0): FailedJoins {
  const failed = new FailedJoins();
  for (let n = 0; n < times; n += 1) failed.failed(address, nowMs);
  return failed;
}

test("an address that failed too often in a minute is not heard, whatever its port", () => {
  const failed = failing("/ip4/10.0.0.7/tcp/50001", JOINS_PER_MINUTE - 1);
  expect(failed.isBarred("/ip4/10.0.0.7/tcp/50002", 0)).toBe(false);
  failed.failed("/ip4/10.0.0.7/tcp/50003/ws", 0);
  expect(failed.isBarred("/ip4/10.0.0.7/tcp/50004", 0)).toBe(true);
  expect(failed.isBarred("/ip4/10.0.0.8/tcp/50004", 0)).toBe(false);
  expect(failed.isBarred("/ip4/10.0.0.7/tcp/50004", MINUTE_MS - 1)).toBe(true);
  expect(failed.isBarred("/ip4/10.0.0.7/tcp/50004", MINUTE_MS)).toBe(false);
});

test("one machine's many IPv6 addresses are one place, however they are written", () => {
  const failed = failing("/ip6/2001:db8:0:1::5/tcp/1", JOINS_PER_MINUTE);
  for (const same of ["2001:db8:0:1:aaaa:bbbb:cccc:dddd", "2001:0db8::1:0:0:0:9", "2001:DB8:0:1:1::"]) {
    expect(failed.isBarred(`/ip6/${same}/tcp/1`, 0), same).toBe(true);
  }
  for (const other of ["2001:db8:0:2::5", "2001:db8::5", "fe80::1%eth0"]) {
    expect(failed.isBarred(`/ip6/${other}/tcp/1`, 0), other).toBe(false);
  }
});

test("this machine and relays shut nobody out: everybody there has the same address", () => {
  for (const shared of ["/ip4/127.0.0.1/tcp/1", "/ip6/::1/tcp/1", "/ip4/10.0.0.1/tcp/1/p2p/Q/p2p-circuit"]) {
    expect(failing(shared, 10 * JOINS_PER_MINUTE).isBarred(shared, 0), shared).toBe(false);
  }
});

test("places remembered are bounded, the oldest go", () => {
  const failed = failing("/ip4/10.0.0.7/tcp/1", JOINS_PER_MINUTE);
  for (let n = 0; n < 10_000; n += 1) failed.failed(`/ip4/11.${n >> 16}.${(n >> 8) & 255}.${n & 255}/tcp/1`, 0);
  expect(failed.isBarred("/ip4/10.0.0.7/tcp/1", 0)).toBe(false);
});

const port = (n: number): string => `/ip4/10.0.0.7/tcp/${50_000 + n}`;

test("one place has so many connections at once on which nobody has joined; who is known comes in all the same", () => {
  const admission = new Admission();
  const open = Array.from({ length: UNJOINED_PER_PLACE_LIMIT }, (_, n) => admission.enter(port(n), false, 0));
  expect(open).not.toContain(undefined);
  expect(admission.enter(port(99), false, 0)).toBe(undefined);
  expect(admission.enter(port(99), true, 0)).not.toBe(undefined);
  expect(admission.enter("/ip4/10.0.0.8/tcp/50001", false, 0)).not.toBe(undefined);
  // Who has joined takes up none, and that counts once.
  open[0]?.joined();
  open[0]?.joined();
  expect(admission.enter(port(100), false, 0)).not.toBe(undefined);
  expect(admission.enter(port(101), false, 0)).toBe(undefined);
});

test("connections that end without a join bar their place, those on which somebody joined don't", () => {
  const admission = new Admission();
  for (let n = 0; n < JOINS_PER_MINUTE - 1; n += 1) admission.enter(port(n), false, 0)?.failed(0);
  for (let n = 0; n < JOINS_PER_MINUTE; n += 1) {
    const member = admission.enter(port(n), false, 0);
    member?.joined();
    member?.failed(0);
  }
  const last = admission.enter(port(1), false, 0);
  last?.failed(0);
  last?.failed(0);
  expect(admission.enter(port(2), false, 0)).toBe(undefined);
  expect(admission.enter(port(2), false, MINUTE_MS)).not.toBe(undefined);
});

test("this machine and relays are one place for nobody, however many connections come", () => {
  const admission = new Admission();
  for (let n = 0; n < 2 * UNJOINED_PER_PLACE_LIMIT; n += 1) {
    expect(admission.enter(`/ip4/127.0.0.1/tcp/${n}`, false, 0)).not.toBe(undefined);
  }
});
