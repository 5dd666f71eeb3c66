/** DESIGN.md's table of who may do what, cell by cell: each mark as allowed, each empty cell as refused. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Role } from "../contracts/endpoint.ts";
import type { Steps } from "../contracts/operation.ts";
import type { RuntimeRequest } from "../contracts/router.ts";
import { isSkeinError } from "../errors.ts";
import { newTaskId, type ServiceId } from "../ids.ts";
import { memoryLinks } from "../link/memory.ts";
import { type Channel, channel } from "../message/channel.ts";
import { register } from "../message/registry.ts";
import { service } from "../message/service.ts";
import { ROLES } from "../peer/membership.ts";
import type { PeerHost } from "../peer/peer-host.ts";
import { peerIdOf } from "../peer/identity.ts";
import { createServerRouter } from "../peer/server-router.ts";
import { createRuntime } from "../task/runtime.ts";
import { spawn } from "../task/spawn.ts";
import type { TaskContext } from "../task/context.ts";
import { installHostPlatform } from "../testing/host-platform.ts";
import { MemoryCluster } from "../testing/memory-cluster.ts";

const platform = installHostPlatform();
const EVERYBODY: readonly Role[] = ROLES;
const MEMBERS: readonly Role[] = ["scheduler", "operator", "client", "node", "peer"];

let world: MemoryCluster;
let owner: PeerHost;
let nodePeer: PeerHost;
let other: PeerHost;
let task: ReturnType<typeof listening>;
const peers = new Map<Role, PeerHost>();

function* listens(context: TaskContext<unknown>): Steps<never> {
  for (;;) yield* context.receive();
}

const listening = (peer: PeerHost) => spawn(listens, [], { runtime: peer.runtime });

const services = new Map<string, ServiceId>();
let news: Channel<unknown>;

/** In the runtime of `other`. */
function makeServices(): void {
  for (const [name, who] of [
    ["for-all", undefined],
    ["for-tabs", ["tab"]],
    ["for-operators", ["operator"]],
  ] as const) {
    const made = service(name, () => "done", who === undefined ? {} : { who });
    register(name, made);
    services.set(name, made.id);
  }
  news = channel("news");
}

beforeAll(async () => {
  world = new MemoryCluster(platform);
  ({ peer: owner } = await world.startScheduler());
  ({ peer: nodePeer } = await world.startNode("node", 1));
  other = await world.peer("other", ["client", "peer"]);
  task = listening(other);
  other.register("for-all", task);
  other.register("for-tabs", listening(other), { who: ["tab"] });
  await spawn(makeServices, [], { runtime: other.runtime });
  for (const role of ROLES) {
    const peer = await world.peer(`the-${role}`, [role]);
    peers.set(role, peer);
    await peer.connect(other.location);
    await peer.connect(nodePeer.location);
    peer.register(`of-${role}`, listening(peer));
  }
});
afterAll(async () => {
  await world.close();
});

/** Whether it was let in: malformed arguments and unknown things are looked at after the rights. */
async function allowed(work: PromiseLike<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (!isSkeinError(error)) throw error;
    if (error.code === "TIMEOUT") return false;
    return error.code !== "ROLE_FORBIDS";
  }
}

interface Row {
  readonly may: string;
  readonly roles: readonly Role[];
  readonly act: (peer: PeerHost, role: Role, found: Patience) => PromiseLike<unknown>;
}

const UNFIT = { nothing: "that fits" };
const ask = (peer: PeerHost, at: PeerHost, name: string, words: object = UNFIT, server = 0): PromiseLike<unknown> =>
  peer.procedures.call({ peer: at.id, server }, name, words);
const someId = () => peerIdOf(platform.generateKey().publicKey);
/** How long is waited for what is to be found on a busy machine, and for what is not to be. */
interface Patience {
  readonly timeoutMs: number;
}
const patience = (expected: boolean): Patience => ({ timeoutMs: expected ? 30_000 : 400 });

const ROWS: readonly Row[] = [
  { may: "grant a lease on a node", roles: ["scheduler"], act: (peer) => ask(peer, nodePeer, "node.assign") },
  { may: "take a lease back", roles: ["scheduler"], act: (peer) => ask(peer, nodePeer, "node.unassign") },
  { may: "act at a place", roles: ["scheduler"], act: (peer) => ask(peer, nodePeer, "place.act") },
  { may: "invite", roles: ["operator"], act: (peer) => peer.invite({ roles: ["peer"] }) },
  { may: "revoke", roles: ["operator"], act: (peer) => peer.revoke(someId()) },
  { may: "see who is connected to revoke it", roles: ["operator"], act: (peer) => ask(peer, owner, "peer.members") },
  ...["open", "demand", "report", "release", "close"].map((word): Row => ({
    may: `submit code to nodes: scheduler.job.${word}`,
    roles: ["operator", "client"],
    act: (peer) => ask(peer, owner, `scheduler.job.${word}`),
  })),
  { may: "ship code without a lease", roles: [], act: (peer) => ship(peer) },
  { may: "set a node up without a lease", roles: [], act: (peer) => ofJob(peer, "node.job.setup", {}) },
  {
    may: "keep files of a job at a node without a lease",
    roles: [],
    act: (peer) => ofJob(peer, "node.file.look", { name: "a.txt", to: JOB, bytes: 1 }),
  },
  ...["begin", "setup", "load", "run", "cancel", "withdraw", "report", "result"].map((word): Row => ({
    may: `steer a server process without a lease: server.${word}`,
    roles: [],
    act: (peer) => ask(peer, nodePeer, `server.${word}`, UNFIT, 1),
  })),
  ...["join", "report"].map((word): Row => ({
    may: `execute others' code: scheduler.node.${word}`,
    roles: ["node", "tab"],
    act: (peer) => ask(peer, owner, `scheduler.node.${word}`),
  })),
  ...["ready", "lost"].map((word): Row => ({
    may: `speak for server processes: scheduler.server.${word}`,
    roles: ["node", "tab"],
    act: (peer) => ask(peer, owner, `scheduler.server.${word}`),
  })),
  {
    may: "offer names",
    roles: [...MEMBERS, "tab"],
    act: (_peer, role, found) => other.locate(`of-${role}`, found),
  },
  {
    may: "use names of others",
    roles: MEMBERS,
    act: (peer, _role, found) => peer.locate("for-all", { ...found, at: other.id }),
  },
  {
    may: "use names of others, found by asking around",
    roles: MEMBERS,
    act: (peer, _role, found) => peer.locate("for-all", found),
  },
  {
    may: "use names for tabs",
    roles: ["tab"],
    act: (peer, _role, found) => peer.locate("for-tabs", { ...found, at: other.id }),
  },
  {
    may: "send to a task whose reference it holds",
    roles: [...MEMBERS, "tab"],
    act: (peer) =>
      peer.router.request({ peer: other.id, server: 0 }, { type: "task.deliver", task: task.id, value: "hello" }),
  },
  {
    may: "call a service whose reference it holds",
    roles: MEMBERS,
    act: (peer) => callService(peer, "for-all"),
  },
  { may: "call a service for tabs", roles: ["tab"], act: (peer) => callService(peer, "for-tabs") },
  { may: "call a service for operators", roles: ["operator"], act: (peer) => callService(peer, "for-operators") },
  {
    may: "count the subscribers of a channel whose reference it holds",
    roles: [...MEMBERS, "tab"],
    act: (peer) =>
      peer.router.request({ peer: other.id, server: 0 }, { type: "channel.subscribers", channel: news.id }),
  },
  {
    may: "watch the events of a cluster",
    roles: ["operator", "client", "viewer"],
    act: (peer) => ask(peer, owner, "scheduler.subscribe"),
  },
  {
    may: "see nodes, servers and jobs",
    roles: ["operator", "client", "viewer"],
    act: (peer) => ask(peer, owner, "scheduler.status"),
  },
  // Of clients only what is their own: acts.test.ts.
  ...["cancel", "steer", "weight", "task.send", "task.upgrade"].map((word): Row => ({
    may: `act on jobs: scheduler.${word}`,
    roles: ["operator", "client"],
    act: (peer) => ask(peer, owner, `scheduler.${word}`),
  })),
  {
    may: "cancel others' work",
    roles: ["operator"],
    act: (peer) => ask(peer, owner, "scheduler.steer", { verb: "resume", at: nodePeer.id }),
  },
  ...["intake", "place.act"].map((word): Row => ({
    may: `act on the cluster and its places: scheduler.${word}`,
    roles: ["operator"],
    act: (peer) => ask(peer, owner, `scheduler.${word}`),
  })),
  ...["look", "put", "remove"].map((word): Row => ({
    may: `send files: file.${word}`,
    roles: MEMBERS,
    act: (peer) => ask(peer, other, `file.${word}`),
  })),
  { may: "ask who schedules", roles: EVERYBODY, act: (peer) => ask(peer, owner, "scheduler.where") },
  { may: "learn who is revoked", roles: EVERYBODY, act: (peer) => ask(peer, owner, "peer.revocations") },
];

/** As who got the reference of a service from somebody does. */
function callService(peer: PeerHost, name: string): PromiseLike<unknown> {
  return peer.router.request({ peer: other.id, server: 0 }, startOf(name));
}

function startOf(name: string): RuntimeRequest {
  const called = services.get(name);
  if (called === undefined) throw new Error(`no service ${name}`);
  const started = newTaskId((count) => platform.randomBytes(count));
  return { type: "service.start", service: called, task: started, args: [], streams: false };
}

/** With arguments that fit: the lease is looked for after them. */
const JOB = `j_${"0".repeat(26)}`;
const ofJob = (peer: PeerHost, name: string, words: object): PromiseLike<unknown> =>
  peer.procedures.call({ peer: nodePeer.id, server: 0 }, name, { job: JOB, ...words });

const ship = (peer: PeerHost): PromiseLike<unknown> =>
  peer.procedures.call({ peer: nodePeer.id, server: 0 }, "node.code.put", {
    digest: "0".repeat(64),
    code: new Uint8Array(1),
  });

// At the same time: what is not to be found is looked for until its time is up.
describe.concurrent.each(ROWS)("$may:", ({ roles, act }) => {
  test.each(ROLES)("%s", async (role) => {
    const peer = peers.get(role);
    if (peer === undefined) throw new Error(`no peer is a ${role}`);
    const expected = roles.includes(role);
    expect(await allowed(act(peer, role, patience(expected)))).toBe(expected);
  });
});

/** What a process behind a peer asks of another peer; it runs others' code, so it never has more than any peer. */
const BEHIND: readonly {
  readonly may: string;
  readonly roles: readonly Role[];
  readonly request: () => RuntimeRequest;
}[] = [
  {
    may: "send to a task",
    roles: [...MEMBERS, "tab"],
    request: () => ({ type: "task.deliver", task: task.id, value: "hello" }),
  },
  { may: "call a service", roles: MEMBERS, request: () => startOf("for-all") },
  { may: "call a service for tabs", roles: ["tab"], request: () => startOf("for-tabs") },
  { may: "call a service for operators", roles: [], request: () => startOf("for-operators") },
];

/** A process behind the peer of that role, which asks `other`. */
function behind(
  role: Role,
): Disposable & { readonly request: (request: RuntimeRequest, found: Patience) => PromiseLike<unknown> } {
  const peer = peers.get(role);
  if (peer === undefined) throw new Error(`no peer is a ${role}`);
  const [here, there] = memoryLinks(platform);
  const attached = peer.attachServer(9, here, () => true);
  const self = { peer: peer.id, server: 9 };
  const server = createServerRouter({ runtime: createRuntime({ platform }), link: there, self });
  return {
    request: (request, found) => server.router.request({ peer: other.id, server: 0 }, request, found),
    [Symbol.dispose]: () => {
      server.close();
      attached[Symbol.dispose]();
    },
  };
}

describe.each(BEHIND)("a server process behind a peer may $may:", ({ roles, request }) => {
  test.each(ROLES)("%s", async (role) => {
    using server = behind(role);
    const expected = roles.includes(role);
    expect(await allowed(server.request(request(), patience(expected)))).toBe(expected);
  });
});

test("names are found from behind a peer as far as it may use them", async () => {
  for (const role of ROLES) {
    using server = behind(role);
    const finds = async (name: string, expected: boolean): Promise<boolean> => {
      const value = await server.request({ type: "name.lookup", name }, patience(expected)).then(
        (one) => one,
        () => undefined,
      );
      return value !== undefined;
    };
    const [full, tab] = [MEMBERS.includes(role), role === "tab"];
    expect([role, await finds("for-all", full), await finds("for-tabs", tab)]).toEqual([role, full, tab]);
  }
});

test("others' tasks are cancelled by operators, and by nobody else", async () => {
  for (const role of [...ROLES.filter((one) => one !== "operator"), "operator" as const]) {
    const victim = listening(other);
    const peer = peers.get(role);
    const request = { type: "task.cancel", task: victim.id, reason: "because" } as const;
    const done = await allowed(
      peer?.router.request({ peer: other.id, server: 0 }, request) ?? Promise.reject(new Error()),
    );
    expect([role, done]).toEqual([role, role === "operator"]);
    expect([role, victim.state === "ended"]).toEqual([role, role === "operator"]);
    await victim.cancel();
  }
});
