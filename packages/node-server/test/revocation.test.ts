import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuntime, startPeer } from "@skein/node-server";
import { expect, test } from "vitest";
import { MemberProcess, startMember } from "./members.ts";

const isLost = (id: string) => (line: { readonly type: string; readonly peer?: string }) =>
  line.type === "lost" && line.peer === id;

test("a revoked peer is out at every process, and can't come back with what it kept or knows", async () => {
  const folder = mkdtempSync(join(tmpdir(), "skein-revoked-"));
  try {
    await using stack = new AsyncDisposableStack();
    const owner = stack.use(await startPeer({ listen: ["127.0.0.1:0"], runtime: createRuntime() }));
    const invite = await owner.invite({ roles: ["peer"], uses: 9 });
    const data = join(folder, "bad");
    const bad = stack.use(await startMember({ invite, data }));
    const others = [stack.use(await startMember({ invite })), stack.use(await startMember({ invite }))];
    for (const other of others) {
      other.connect(bad.address);
      await other.line(({ type, peer }) => type === "connected" && peer === bad.id);
    }
    await owner.revoke(bad.id);
    await Promise.all(others.map((other) => other.line(isLost(bad.id))));
    await bad.line(isLost(owner.id));
    expect(owner.peers().map(({ peer }) => peer)).not.toContain(bad.id);
    // Its own way back in, to those who stayed …
    const from = bad.lines.length;
    for (const other of others) bad.connect(other.address);
    await bad.line(({ type, code }) => type === "not-reached" && code === "NOT_A_MEMBER", from);
    // … as the same peer after a restart, and as somebody else by the same invite.
    await bad.end();
    const again = stack.use(new MemberProcess({ data, peers: [others[0]?.address ?? ""] }));
    expect(await again.line(({ type }) => type !== "connected")).toMatchObject({
      type: "not-started",
      code: "NOT_A_MEMBER",
    });
    const somebody = stack.use(new MemberProcess({ invite }));
    expect(await somebody.line(({ type }) => type !== "connected")).toMatchObject({
      type: "not-started",
      code: "NOT_A_MEMBER",
    });
    // Those who came by the invite before stay, with each other too.
    others[0]?.connect(others[1]?.address ?? "");
    await others[0]?.line(({ type, peer }) => type === "connected" && peer === others[1]?.id);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("the library alone makes a cluster by a secret, in two processes, and each can send the other away", async () => {
  const secret = "k3v9x-2mq8r-w0z7t-b5ynd-1hj6c-4gpsf";
  await using stack = new AsyncDisposableStack();
  const one = stack.use(await startMember({ secret }));
  const two = stack.use(await startMember({ secret, peers: [one.address] }));
  await one.line(({ type, peer }) => type === "connected" && peer === two.id);
  const here = stack.use(await startPeer({ secret, peers: [one.address, two.address], runtime: createRuntime() }));
  expect(
    here
      .peers()
      .map(({ peer }) => peer)
      .toSorted(),
  ).toEqual([one.id, two.id].toSorted());
  await here.revoke(two.id);
  await one.line(isLost(two.id));
});
