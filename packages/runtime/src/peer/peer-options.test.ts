import { describe, expect, test } from "vitest";
import { createRuntime } from "../task/runtime.ts";
import { createHostPlatform, installHostPlatform } from "../testing/host-platform.ts";
import { createMemoryNetwork } from "../testing/memory-network.ts";
import { createPeer } from "./peer.ts";
import { checkPeerOptions } from "./peer-options.ts";

describe("an option of the wrong kind is refused before anything opens:", () => {
  const wrong: readonly object[] = [
    { lingerMs: -1 },
    { lingerMs: Number.NaN },
    { lingerMs: "1000" },
    { heartbeatMs: 0 },
    { discover: "yes" },
    { webRtc: "no" },
    { udpPorts: [2, 1] },
    { udpPorts: [4000] },
    { listen: "127.0.0.1:0" },
    { announce: [4100] },
    { labels: "gpu" },
    { labels: { gpu: true } },
    { labels: { "": "nameless" } },
    { peers: "127.0.0.1:4100" },
  ];
  test.each(wrong)("%j", (options) => {
    expect(() => checkPeerOptions(options)).toThrow(expect.objectContaining({ code: "OPTION_INVALID" }));
  });
});

test("options of the right kinds pass, and none at all", () => {
  checkPeerOptions({});
  checkPeerOptions({ lingerMs: Infinity, heartbeatMs: 100, discover: false, listen: ["127.0.0.1:0"], peers: [] });
  checkPeerOptions({ webRtc: false, udpPorts: [40_000, 40_000] });
});

installHostPlatform();
const platform = createHostPlatform();
const { network } = createMemoryNetwork(platform);

test("a peer with such an option does not start, nor one that is to listen on wss:// without a certificate", async () => {
  // What a program in JavaScript may write.
  const text = "127.0.0.1:0" as unknown as readonly string[];
  const wrong = expect.objectContaining({ code: "OPTION_INVALID" });
  for (const listen of [text, ["wss://127.0.0.1:0"]]) {
    const runtime = createRuntime({ platform });
    await expect(Promise.resolve(createPeer(platform, { network, runtime, listen }))).rejects.toEqual(wrong);
  }
});

test("wrong words for an invite or a revocation are told as such", async () => {
  const runtime = createRuntime({ platform });
  const peer = await createPeer(platform, { network, runtime, listen: ["/memory/options"] });
  try {
    const empty: { roles: [] } = Object.create(null);
    await expect(Promise.resolve(peer.invite(empty))).rejects.toThrow("an invite needs a list of roles");
    await expect(Promise.resolve(peer.revoke("fred"))).rejects.toThrow(
      '"fred" is neither the id of a peer nor an invite',
    );
  } finally {
    await peer.close();
  }
});
