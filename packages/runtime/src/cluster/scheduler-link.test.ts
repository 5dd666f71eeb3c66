import { afterEach, expect, test, vi } from "vitest";
import { type Logger, type LogLevel } from "../logger.ts";
import { createPeer } from "../peer/peer.ts";
import { createRuntime } from "../task/runtime.ts";
import { installHostPlatform } from "../testing/host-platform.ts";
import { createMemoryNetwork } from "../testing/memory-network.ts";
import { SchedulerLink } from "./scheduler-link.ts";

const platform = installHostPlatform();
const { network } = createMemoryNetwork(platform);
const closers: (() => PromiseLike<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

test("a scheduler that can't be reached is a warning once, and no more until it was there again", async () => {
  const told: string[] = [];
  const at =
    (level: LogLevel) =>
    (event: string): void =>
      void (/unreachable|scheduler/.test(event) && told.push(`${level} ${event}`));
  const logger: Logger = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  const peerAt = async (place: string) => {
    const peer = await createPeer(platform, {
      listen: [place],
      network,
      logger,
      runtime: createRuntime({ platform }),
    });
    closers.push(() => peer.close({ cancel: true }));
    return peer;
  };
  const [one, gone] = [await peerAt("/memory/1"), await peerAt("/memory/2")];
  const scheduler = gone.location;
  await gone.close({ cancel: true });
  const link = new SchedulerLink({ peer: one, scheduler, hello: () => Promise.resolve(), logger, who: "node" });
  closers.push(() => link.close());
  await vi.waitFor(() => expect(told).toContain("debug scheduler.unreachable"), { timeout: 10_000 });
  expect(told.filter((line) => line.startsWith("warn"))).toEqual(["warn scheduler.unreachable"]);
});
