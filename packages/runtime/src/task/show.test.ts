import { expect, test } from "vitest";
import type { PeerId, TaskId } from "../ids.ts";
import { channel } from "../message/channel.ts";
import { service } from "../message/service.ts";
import { installHostPlatform } from "../testing/host-platform.ts";
import { defaultEngine } from "./default-engine.ts";
import { RemoteRef } from "./remote-ref.ts";
import { spawn } from "./spawn.ts";

installHostPlatform();

test("references, channels and services are short in text and where a host prints them", async () => {
  const task = spawn(function* echo() {});
  // Ids of nobody: only their text counts.
  const far = new RemoteRef(defaultEngine(), "t" as TaskId, { peer: "12D3KooWx" as PeerId, server: 0 }, "echo");
  const shown: readonly (readonly [object, string])[] = [
    [task.ref, "TaskRef(echo)"],
    [far, "TaskRef(echo at 12D3KooWx)"],
    [channel("news"), "Channel(news)"],
    [channel(), "Channel(unnamed)"],
    [service("add", () => 1), "Service(add)"],
  ];
  for (const [it, text] of shown) {
    for (const key of ["toString", Symbol.for("nodejs.util.inspect.custom")]) {
      const show: unknown = Reflect.get(it, key);
      expect(typeof show === "function" && Reflect.apply(show, it, [])).toBe(text);
    }
    expect(Object.keys(it)).not.toContain("toString");
  }
  await task;
});
