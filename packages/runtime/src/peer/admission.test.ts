import { expect, test } from "vitest";
import { JOINS_PER_MINUTE } from "../defaults.ts";
import { MINUTE_MS } from "../units.ts";
import { FailedJoins } from "./admission.ts";

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
