import { createRuntime } from "@skein/runtime";
import { expect, test } from "vitest";
import "../src/index.ts";
import { createNodePeer } from "../src/create-node-peer.ts";
import { MemberProcess } from "./members.ts";

test("a peer whose process was killed is lost as soon as its machine says that nobody listens there", async () => {
  await using owner = await createNodePeer({ listen: ["127.0.0.1:0"], runtime: createRuntime() });
  const events = owner.events.values();
  // It dials, and is dialled only when it is gone.
  await using member = new MemberProcess({ invite: await owner.invite({ roles: ["peer"] }), name: "short-lived" });
  const { peer } = await member.line(({ type }) => type === "started");
  member.child.kill("SIGKILL");
  for (;;) {
    const { value } = await events.next();
    if (value?.type !== "lost") continue;
    expect(value).toMatchObject({ peer, name: "short-lived", error: { code: "PEER_LOST" } });
    expect(value.error.message).toContain("nobody listens any more where peer");
    return;
  }
});
