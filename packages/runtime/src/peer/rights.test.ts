import { afterEach, expect, test } from "vitest";
import type { Role } from "../contracts/endpoint.ts";
import type { Steps } from "../contracts/operation.ts";
import { isSkeinError } from "../errors.ts";
import { service, type ServiceContext } from "../message/service.ts";
import { createRuntime } from "../task/runtime.ts";
import { spawn } from "../task/spawn.ts";
import type { TaskRef } from "../task/task-ref.ts";
import { createHostPlatform, installHostPlatform } from "../testing/host-platform.ts";
import { createMemoryNetwork } from "../testing/memory-network.ts";
import { codecOf } from "./codec-of.ts";
import { createPeer } from "./peer.ts";
import type { PeerHost } from "./peer-host.ts";

installHostPlatform();
const platform = createHostPlatform();
const { network } = createMemoryNetwork(platform);
const opened: PeerHost[] = [];
let places = 0;

async function peerAs(role: Role | undefined): Promise<PeerHost> {
  places += 1;
  const [owner] = opened;
  const invite = owner === undefined || role === undefined ? {} : { invite: await owner.invite({ roles: [role] }) };
  const listen = [`/memory/r${places}`];
  const peer = await createPeer(platform, { listen, network, runtime: createRuntime({ platform }), ...invite });
  opened.push(peer);
  return peer;
}

afterEach(async () => {
  for (const peer of opened.splice(0)) await peer.close({ cancel: true });
});

const failure = async (work: PromiseLike<unknown>): Promise<string> =>
  await Promise.resolve(work).then(
    () => "nothing failed",
    (error: unknown) => (isSkeinError(error) ? error.code : String(error)),
  );
const sent = <T>(value: T, from: PeerHost, to: PeerHost): T =>
  codecOf(to.runtime).decode(codecOf(from.runtime).encode(value)) as T;

/** What the last call of `first` has got so far: senders have no order among each other but by this. */
let got: readonly string[] = [];

/** Says what it gets by `wake`, `interrupt` and messages. */
function* first(task: ServiceContext<string>): Steps<string[]> {
  const seen: string[] = [];
  got = seen;
  for (;;) {
    try {
      const message = yield* task.receive();
      if (message === "stop") return seen;
      seen.push(message === "suspend" ? yield* task.suspend<string>() : message);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      seen.push(error.message);
    }
  }
}

function* second(task: ServiceContext<string>, greeting: string): Steps<string[]> {
  return [greeting, yield* task.receive()];
}

test("a call's task is woken, interrupted, upgraded and cancelled by who called it and by operators, not by others", async () => {
  const owner = await peerAs(undefined);
  const [caller, stranger, operator] = [await peerAs("peer"), await peerAs("peer"), await peerAs("operator")];
  const [firstService, secondService] = await spawn(
    () => [service("first", first), service("second", second)] as const,
    [],
    { runtime: owner.runtime },
  );
  const call = sent(firstService, owner, caller).start();
  const at = (peer: PeerHost): TaskRef<string> => sent(call.ref, caller, peer);
  // Its task runs there: what others send comes by ways of their own.
  await call.deliver("begun");
  // Whoever has the reference sends and monitors.
  await at(stranger).deliver("a message of a stranger");
  at(stranger).wake("woken by a stranger");
  at(stranger).interrupt(new RangeError("interrupted by a stranger"));
  expect(await failure(at(stranger).cancel())).toBe("ROLE_FORBIDS");
  expect(await failure(at(stranger).upgrade(sent(secondService, owner, stranger), ["hello"]))).toBe("ROLE_FORBIDS");
  call.wake("woken by its caller");
  await call.deliver("suspend");
  await expect.poll(() => got).toContain("woken by its caller");
  at(operator).interrupt(new RangeError("interrupted by an operator"));
  await at(operator).deliver("a message of an operator");
  await expect.poll(() => got).toContain("a message of an operator");
  await call.deliver("stop");
  expect(await call).toEqual([
    "begun",
    "a message of a stranger",
    "woken by its caller",
    "interrupted by an operator",
    "a message of an operator",
  ]);
  // New code is the function of a service there.
  const another = sent(firstService, owner, caller).start();
  expect(await failure(another.ref.upgrade(second, ["hello"]))).toBe("UPGRADE_REFUSED");
  await another.ref.upgrade(sent(secondService, owner, caller), ["hello"]);
  await another.deliver("with new code");
  expect(await another).toEqual(["hello", "with new code"]);
  const last = sent(firstService, owner, caller).start();
  await last.deliver("begun");
  await sent(last.ref, caller, operator).cancel("by an operator");
  expect(await last.exit()).toEqual({ type: "cancelled", reason: "by an operator" });
});
