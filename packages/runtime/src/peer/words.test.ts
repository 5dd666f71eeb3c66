import { expect, test } from "vitest";
import { service, type Service } from "../message/service.ts";
import { register } from "../message/registry.ts";
import { spawn } from "../task/spawn.ts";
import type { PeerHost } from "./peer-host.ts";
import { memoryPeers } from "../../test/memory-peers.ts";

const { peerIn, partition } = memoryPeers();

const printed = (it: object): unknown => {
  const show: unknown = Reflect.get(it, Symbol.for("nodejs.util.inspect.custom"));
  return typeof show === "function" ? Reflect.apply(show, it, []) : undefined;
};
const short = ({ id }: PeerHost): string => `…${id.slice(-8)}`;

/** What a task of another runtime makes is that runtime's. */
async function offerEcho({ runtime }: PeerHost): Promise<void> {
  await spawn(
    function* () {
      register(
        "echo",
        service("echo", (_task, text: string) => text),
      );
    },
    [],
    { runtime },
  );
}

test("events and errors call a peer by its name and the end of its id", async () => {
  const owner = await peerIn({ name: "nina", lingerMs: 300 });
  const guest = await peerIn({ name: "otto", invite: await owner.invite({ roles: ["peer"] }), lingerMs: 300 });
  const events = guest.events.values();
  await offerEcho(owner);
  const echo = await guest.locate<Service<[string], string>>("echo");
  partition(owner.id, guest.id);
  const nina = `"nina" (${short(owner)})`;
  const late = await echo.call(["hello"], { timeoutMs: 10 }).then(String, (error: unknown) => String(error));
  expect(late).toContain(nina);
  const told: string[] = [];
  let lost: unknown;
  while (lost === undefined) {
    const { value } = await events.next();
    told.push(`${value?.type} ${value !== undefined && "name" in value ? value.name : ""}`);
    if (value?.type === "lost") lost = value.error;
  }
  expect(told).toEqual(expect.arrayContaining(["connected nina", "suspected nina", "lost nina"]));
  expect(lost).toMatchObject({ code: "PEER_LOST", message: expect.stringContaining(nina) });
  const unreachable = await echo.call(["hello"], { timeoutMs: 1000 }).then(String, (error: unknown) => String(error));
  expect(unreachable).toContain(nina);
});

test("peers show each other the labels that they were given", async () => {
  const owner = await peerIn({ labels: { room: "3.14", gpu: "" } });
  const guest = await peerIn({ invite: await owner.invite({ roles: ["peer"] }) });
  expect(guest.peers().map(({ labels }) => labels)).toEqual([{ room: "3.14", gpu: "" }]);
  expect(owner.peers().map(({ labels }) => labels)).toEqual([{}]);
});

test("a peer, and a reference to what it has, print in one short line", async () => {
  const owner = await peerIn({ name: "nina" });
  const guest = await peerIn({ invite: await owner.invite({ roles: ["peer"] }) });
  await offerEcho(owner);
  const echo = await guest.locate<Service<[string], string>>("echo");
  expect(printed(owner)).toBe(`Peer("nina" (${short(owner)}), 1 peer connected)`);
  expect(printed(guest)).toBe(`Peer(${short(guest)}, 1 peer connected)`);
  expect(printed(echo)).toBe(`Service(echo at "nina" (${short(owner)}))`);
});
