import fc from "fast-check";
import { expect, test } from "vitest";
import { type Endpoint } from "../contracts/endpoint.ts";
import { PIPELINE_AHEAD_MS, PIPELINE_TASKS_LIMIT } from "../defaults.ts";
import { type LeaseId, type PeerId } from "../ids.ts";
import { Deque } from "../deque.ts";
import { type FunctionTimes, type InFlight, type Lease, learn, LeaseBook } from "./lease.ts";

const server = (n: number) => ({ peer: "node" as PeerId, server: n });

function book(count: number): LeaseBook<InFlight> {
  const leases = new LeaseBook<InFlight>();
  for (let n = 1; n <= count; n += 1) leases.stand(leases.add(`l_${n}` as LeaseId, "cpu", server(n)), "ready");
  return leases;
}

function send(leases: LeaseBook<InFlight>, estimateMs: number | undefined): Lease<InFlight> | undefined {
  const lease = leases.next(estimateMs);
  if (lease === undefined) return undefined;
  const serial = lease.nextSerial;
  lease.nextSerial += 1;
  leases.sent(lease, { serial, estimateMs, started: false, running: false, beside: false });
  return lease;
}

test("tasks of which nothing is known go to idle servers only, one each", () => {
  const leases = book(2);
  expect(send(leases, undefined)?.server.server).toBe(1);
  expect(send(leases, undefined)?.server.server).toBe(2);
  expect(send(leases, undefined)).toBeUndefined();
  expect(send(leases, 0.1)).toBeUndefined();
});

test("short tasks are sent ahead, servers taking turns, until the window is full", () => {
  const leases = book(2);
  const counts = [0, 0, 0];
  for (let lease = send(leases, 1); lease !== undefined; lease = send(leases, 1)) {
    counts[lease.server.server] = (counts[lease.server.server] ?? 0) + 1;
  }
  expect(counts).toEqual([0, PIPELINE_AHEAD_MS, PIPELINE_AHEAD_MS]);
});

test("a task longer than the window waits for an idle server", () => {
  const leases = book(1);
  send(leases, 1);
  expect(leases.next(PIPELINE_AHEAD_MS + 1)).toBeUndefined();
  const [lease] = leases.leases.values();
  leases.ended(lease!, 1);
  expect(leases.next(PIPELINE_AHEAD_MS + 1)).toBe(lease);
});

test("never more than the limit is at one server, however short the tasks", () => {
  const leases = book(1);
  let sent = 0;
  while (send(leases, 0) !== undefined) sent += 1;
  expect(sent).toBe(PIPELINE_TASKS_LIMIT);
});

test("a server that is given back, checked or gone gets no more tasks", () => {
  for (const standing of ["closing", "checking", "gone", "preparing"] as const) {
    const leases = book(1);
    const [lease] = leases.leases.values();
    leases.stand(lease!, standing);
    expect(leases.next(0)).toBeUndefined();
  }
});

test("the server that is free first is given back", () => {
  const leases = book(3);
  send(leases, undefined);
  expect(leases.giveBack()?.server.server).toBe(2);
  send(leases, undefined);
  send(leases, undefined);
  expect(leases.giveBack()).toBeDefined();
});

test("what is known of a function rises at once when it gets slower and falls slowly", () => {
  const times: FunctionTimes = { averageMs: undefined };
  learn(times, 1);
  learn(times, 101);
  expect(times.averageMs).toBe(51);
  learn(times, 1);
  expect(times.averageMs).toBe(46);
});

test("whatever is sent and ended, the book's sums are those of the tasks in flight", () => {
  const act = fc.oneof(
    fc.record({ send: fc.option(fc.double({ min: 0, max: 30, noNaN: true }), { nil: undefined }) }),
    fc.record({ end: fc.nat(1000) }),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 200 }), (acts) => {
      const leases = book(3);
      for (const what of acts) {
        if ("end" in what) {
          const all = [...leases.leases.values()].flatMap((lease) =>
            [...lease.inFlight.values()].map((task) => ({ lease, task })),
          );
          const chosen = all[what.end % Math.max(1, all.length)];
          if (chosen !== undefined) leases.ended(chosen.lease, chosen.task.serial);
        } else send(leases, what.send);
        for (const lease of leases.leases.values()) {
          const tasks = [...lease.inFlight.values()];
          expect(lease.unknown).toBe(tasks.filter((task) => task.estimateMs === undefined).length);
          expect(lease.expectedMs).toBeCloseTo(
            tasks.reduce((sum, task) => sum + (task.estimateMs ?? 0), 0),
            6,
          );
          if (lease.inFlight.size === 0) expect(leases.next(undefined)?.inFlight.size).toBe(0);
        }
      }
    }),
  );
});

test("a deque gives back in order what was put at either end", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("push", "unshift", "shift"), { maxLength: 500 }), (acts) => {
      const deque = new Deque<number>();
      const model: number[] = [];
      for (const [n, what] of acts.entries()) {
        if (what === "push") {
          deque.push(n);
          model.push(n);
        } else if (what === "unshift") {
          deque.unshift(n);
          model.unshift(n);
        } else expect(deque.shift()).toBe(model.shift());
        expect(deque.size).toBe(model.length);
        expect(deque.peek()).toBe(model[0]);
      }
    }),
  );
});

test("for a task of one node the servers of others are not looked at", () => {
  const leases = new LeaseBook<InFlight>();
  for (let n = 1; n <= 100; n += 1) {
    const at = { peer: `node${n}` as PeerId, server: 1 };
    leases.stand(leases.add(`l_${n}` as LeaseId, "cpu", at), "ready");
  }
  const asked: PeerId[] = [];
  const wanted = (node: PeerId) => ({ n: 2, node, fits: ({ peer }: Endpoint) => asked.push(peer) > 0 });
  const node = "node42" as PeerId;
  const lease = leases.next(undefined, wanted(node));
  expect(lease?.server.peer).toBe(node);
  expect(leases.holds(wanted(node))).toBe(true);
  expect(leases.next(undefined, wanted("none" as PeerId))).toBeUndefined();
  expect(asked).toEqual([node, node]);
  if (lease !== undefined) leases.stand(lease, "gone");
  expect(leases.next(undefined, wanted(node))).toBeUndefined();
});
