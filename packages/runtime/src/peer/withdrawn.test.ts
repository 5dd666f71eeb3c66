import { expect, test } from "vitest";
import type { Endpoint } from "../contracts/endpoint.ts";
import type { Caller, Procedures } from "../contracts/procedures.ts";
import type { Router } from "../contracts/router.ts";
import { inboundOf } from "../message/inbound.ts";
import { LocalChannel } from "../message/local-channel.ts";
import { completed } from "../task/deferred.ts";
import { createRuntime } from "../task/runtime.ts";
import { createHostPlatform, installHostPlatform } from "../testing/host-platform.ts";
import { peerIdOf } from "./identity.ts";
import { Directory } from "./directory.ts";
import { handleLocate, PeerLocator } from "./locate.ts";
import { nameTable } from "../message/names.ts";

installHostPlatform();
const platform = createHostPlatform();
const self: Endpoint = { peer: peerIdOf(platform.generateKey().publicKey), server: 0 };
const gone = new Error("the server process is gone");

test("what a server process searched for is not searched for once it is gone", async () => {
  const router: Router = {
    self,
    locationOf: ({ peer }) => ({ peer, addresses: [] }),
    post: () => {},
    request: () => completed,
  };
  let search: (args: unknown, caller: Caller) => unknown = () => undefined;
  const procedures: Procedures = {
    self,
    handle: (_name, { parse }, handler) => {
      search = (args, caller) => handler(parse(args), caller);
      return { [Symbol.dispose]: () => {} };
    },
    call: () => completed,
    notify: () => {},
    tryNotify: () => {},
    check: () => 0,
    onLost: () => ({ [Symbol.dispose]: () => {} }),
  };
  const { engine, logger } = createRuntime({ platform });
  const names = engine.part(nameTable);
  const record = { peer: self.peer, name: "self", roles: [], addresses: [] };
  const directory = new Directory({
    platform,
    logger,
    procedures,
    names,
    record: () => record,
    onSeeds: () => {},
    onJoined: () => {},
    onLeft: () => {},
  });
  const around = { self: self.peer, addresses: [], isConnected: () => false, rttOf: () => undefined };
  const parts = {
    platform,
    engine,
    router,
    procedures,
    directory,
    around,
    learn: () => {},
    targets: () => [],
    refusal: () => undefined,
  };
  handleLocate(procedures, new PeerLocator(parts));
  const abort = new AbortController();
  const caller = { endpoint: { peer: self.peer, server: 1 }, roles: [], signal: abort.signal };
  const found = search({ name: "never", all: false }, caller) as PromiseLike<unknown>;
  abort.abort(gone);
  await expect(Promise.resolve(found)).rejects.toBe(gone);
});

test("a delivery that waits for subscribers ends with who asked for it", async () => {
  const runtime = createRuntime({ platform });
  const channel = new LocalChannel(runtime.engine, "news", {});
  const abort = new AbortController();
  const inbound = inboundOf(runtime);
  const delivery = (subscribers: number): unknown =>
    inbound.request({ type: "channel.deliver", channel: channel.id, value: 1, subscribers }, self, abort);
  const waiting = Promise.resolve(delivery(1) as PromiseLike<unknown>);
  expect(await delivery(0)).toBe(0);
  abort.abort(gone);
  await expect(waiting).rejects.toBeInstanceOf(Error);
});
