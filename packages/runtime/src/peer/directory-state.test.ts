import fc from "fast-check";
import { expect, test } from "vitest";
import type { PeerId } from "../ids.ts";
import type { DirectoryAction, DirectoryEvent, DirectoryRecord, ListMessage } from "./directory-records.ts";
import { createDirectory, decideDirectory, type DirectoryState } from "./directory-state.ts";
import { rounds } from "../../test/rounds.ts";

// Ids of tests need not be keys: the core compares them only.
const id = (name: string): PeerId => name as PeerId;
const record = (peer: string, ...names: string[]): DirectoryRecord => ({
  peer: id(peer),
  name: peer,
  roles: ["peer"],
  addresses: [`/memory/${peer}`],
  names: names.map((name) => ({ name, kind: "task", server: 0 })),
});

/** Keepers that carry their messages in order, link by link, when told to. */
class World {
  readonly states = new Map<string, DirectoryState>();
  readonly #queues = new Map<string, ListMessage[]>();
  readonly news: string[] = [];

  start(name: string, epoch = 1): void {
    this.states.set(name, createDirectory(record(name), epoch));
  }
  event(name: string, event: DirectoryEvent): void {
    const state = this.states.get(name);
    if (state === undefined) return;
    for (const action of decideDirectory(state, event)) this.#perform(name, action);
  }
  link(a: string, b: string): void {
    this.#queues.set(`${a}>${b}`, []).set(`${b}>${a}`, []);
    this.event(a, { type: "linked", peer: id(b) });
    this.event(b, { type: "linked", peer: id(a) });
  }
  unlink(a: string, b: string): void {
    this.#queues.delete(`${a}>${b}`);
    this.#queues.delete(`${b}>${a}`);
    this.event(a, { type: "unlinked", peer: id(b) });
    this.event(b, { type: "unlinked", peer: id(a) });
  }
  crash(name: string): void {
    this.states.delete(name);
    for (const other of this.states.keys()) {
      if (this.#queues.has(`${name}>${other}`)) this.unlink(name, other);
    }
  }
  attach(keeper: string, peer: string, ...names: string[]): void {
    this.event(keeper, { type: "attached", record: record(peer, ...names) });
  }
  /** Carries what is under way, one message of a queue at a time, as `pick` chooses. */
  settle(pick: (choices: number) => number = () => 0): void {
    for (;;) {
      const busy = [...this.#queues].filter(([, queue]) => queue.length > 0);
      if (busy.length === 0) return;
      const [key, queue] = busy[pick(busy.length) % busy.length] ?? ["", []];
      const [from = "", to = ""] = key.split(">");
      const message = queue.shift();
      if (message !== undefined) this.event(to, { type: "message", from: id(from), message });
    }
  }
  holders(at: string, name: string): string[] {
    return (this.states.get(at)?.lists.holdings(name).holdings ?? []).map(({ peer }) => peer).toSorted();
  }
  members(at: string): string[] {
    return [...(this.states.get(at)?.lists.records() ?? [])].map(({ peer }) => peer).toSorted();
  }
  #perform(from: string, action: DirectoryAction): void {
    if (action.type === "send") this.#queues.get(`${from}>${action.to}`)?.push(action.message);
    else if (action.type === "joined") this.news.push(`${from}: ${action.record.peer} joined`);
    else if (action.type === "left") this.news.push(`${from}: ${action.peer} left`);
  }
}

test("a name attached at one keeper is known at all that can be reached, and gone everywhere with its peer", () => {
  const world = new World();
  for (const name of ["a", "b", "c"]) world.start(name);
  world.link("a", "b");
  world.link("b", "c");
  world.attach("a", "x", "news");
  world.settle();
  for (const at of ["a", "b", "c"]) expect(world.holders(at, "news")).toEqual(["x"]);
  expect(world.members("c")).toEqual(["a", "b", "c", "x"]);
  world.event("a", { type: "detached", peer: id("x") });
  world.settle();
  for (const at of ["a", "b", "c"]) expect(world.holders(at, "news")).toEqual([]);
  expect(world.news.filter((line) => line.startsWith("c: x"))).toEqual(["c: x joined", "c: x left"]);
});

test("one keeper's no does not hide another's yes", () => {
  const world = new World();
  for (const name of ["a", "b"]) world.start(name);
  world.link("a", "b");
  world.attach("a", "x", "news");
  world.attach("b", "x", "news");
  world.settle();
  world.event("a", { type: "detached", peer: id("x") });
  world.settle();
  expect(world.holders("a", "news")).toEqual(["x"]);
  expect(world.news.some((line) => line.endsWith("x left"))).toBe(false);
});

test("what is behind a lost keeper is gone, unless another way leads to it", () => {
  const world = new World();
  for (const name of ["a", "b", "c"]) world.start(name);
  world.link("a", "b");
  world.link("b", "c");
  world.attach("c", "x", "news");
  world.settle();
  world.unlink("b", "c");
  world.settle();
  expect(world.holders("a", "news")).toEqual([]);
  world.link("a", "c");
  world.settle();
  expect(world.holders("b", "news")).toEqual(["x"]);
});

test("a keeper that was restarted replaces its list, also when its clock went back", () => {
  const world = new World();
  for (const name of ["a", "b", "c"]) world.start(name, 100);
  world.link("a", "b");
  world.link("b", "c");
  world.link("a", "c");
  world.attach("a", "x", "news");
  world.settle();
  // b notices nothing of the restart yet and still holds the old list.
  world.unlink("a", "c");
  world.start("a", 5);
  world.link("a", "c");
  world.settle();
  world.attach("a", "y", "other");
  world.settle();
  for (const at of ["a", "b", "c"]) {
    expect(world.holders(at, "news")).toEqual([]);
    expect(world.holders(at, "other")).toEqual(["y"]);
  }
});

test("changes of names and addresses arrive one by one", () => {
  const world = new World();
  for (const name of ["a", "b"]) world.start(name);
  world.link("a", "b");
  world.attach("a", "x", "one");
  world.settle();
  world.event("a", {
    type: "changed",
    peer: id("x"),
    change: {
      added: [{ name: "two", kind: "channel", server: 3 }],
      removed: [{ name: "one", kind: "task", server: 0 }],
      addresses: ["/memory/elsewhere"],
    },
  });
  world.settle();
  expect(world.holders("b", "one")).toEqual([]);
  expect(world.states.get("b")?.lists.holdings("two").holdings).toMatchObject([{ peer: "x", held: { server: 3 } }]);
  expect(world.states.get("b")?.lists.addressesOf(id("x"))).toEqual(["/memory/elsewhere"]);
});

test("a change that is missing is noticed, and the whole list asked for", () => {
  const world = new World();
  for (const name of ["a", "b"]) world.start(name);
  world.link("a", "b");
  world.settle();
  const state = world.states.get("a");
  if (state === undefined) throw new Error("a was started");
  decideDirectory(state, { type: "attached", record: record("x", "lost") });
  world.attach("a", "y", "kept");
  world.settle();
  expect(world.holders("b", "lost")).toEqual(["x"]);
  expect(world.holders("b", "kept")).toEqual(["y"]);
});

const NAMES = ["a", "b", "c", "d", "e"];
const pair = fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom(...NAMES));

test("after any links, losses, restarts and attachments all keepers that reach each other agree", () => {
  const step = fc.oneof(
    pair.map(([a, b]) => ({ type: "link" as const, a, b })),
    pair.map(([a, b]) => ({ type: "unlink" as const, a, b })),
    pair.map(([a, b]) => ({ type: "attach" as const, a, b: `${b}${b}` })),
    pair.map(([a, b]) => ({ type: "detach" as const, a, b: `${b}${b}` })),
    fc.constantFrom(...NAMES).map((a) => ({ type: "restart" as const, a, b: "" })),
    fc.nat(20).map((n) => ({ type: "carry" as const, a: "", b: String(n) })),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.infiniteStream(fc.nat(1000)), (steps, picks) => {
      const world = new World();
      let epoch = 1;
      for (const name of NAMES) world.start(name, epoch);
      const links = new Set<string>();
      const attached = new Set<string>();
      const pick = (): number => picks.next().value ?? 0;
      for (const { type, a, b } of steps) {
        const key = [a, b].toSorted().join("-");
        if (type === "link" && a !== b && !links.has(key)) {
          links.add(key);
          world.link(a, b);
        } else if (type === "unlink" && links.delete(key)) world.unlink(a, b);
        else if (type === "attach") {
          attached.add(`${a} ${b}`);
          world.attach(a, b, `name-${b}`);
        } else if (type === "detach") {
          attached.delete(`${a} ${b}`);
          world.event(a, { type: "detached", peer: id(b) });
        } else if (type === "restart") {
          for (const link of links) if (link.split("-").includes(a)) links.delete(link);
          for (const one of attached) if (one.startsWith(`${a} `)) attached.delete(one);
          world.crash(a);
          // Clocks go back now and then.
          epoch += epoch % 3 === 0 ? -1 : 2;
          world.start(a, epoch);
        } else if (type === "carry") world.settle(pick);
      }
      world.settle(pick);
      for (const at of NAMES) {
        const reached = new Set([at]);
        for (const one of reached)
          for (const link of links) {
            const ends = link.split("-");
            if (ends.includes(one)) for (const end of ends) reached.add(end);
          }
        const expected = new Set<string>(reached);
        for (const one of attached) {
          const [keeper = "", peer = ""] = one.split(" ");
          if (reached.has(keeper)) expected.add(peer);
        }
        expect(world.members(at)).toEqual([...expected].toSorted());
      }
    }),
    { numRuns: rounds(500) },
  );
});
