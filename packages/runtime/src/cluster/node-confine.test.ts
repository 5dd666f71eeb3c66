import { expect, test } from "vitest";
import { type Procedures } from "../contracts/procedures.ts";
import { type PeerId } from "../ids.ts";
import { type Allow, type Isolation } from "./isolation.ts";
import { NodeConfine } from "./node-confine.ts";
import { parseConfine, parseNodeJoin } from "./schemas.ts";

const OWNER = "owner" as PeerId;
const GUEST = "guest" as PeerId;
const LEASE = `l_${"0".repeat(26)}`;

function confineAt(isolation: Isolation, allow: Allow): NodeConfine {
  const never = (): never => {
    throw new Error("not asked here");
  };
  const host = { servers: 1, confinement: { isolation, allow }, start: never, close: never };
  const procedures = {} as Procedures; // nothing is handled here
  const isOwner = (client: PeerId): boolean => client === OWNER;
  return new NodeConfine({ procedures, host, name: "maxi", isOwner, laneOf: never, ownLane: never });
}

test("a node takes no path that leads out of what it offers, whatever a client says", () => {
  const node = confineAt("guarded", { write: ["/scratch"] });
  expect(node.confinementOf(GUEST, { allow: { write: ["/scratch/a"] } })).toEqual({
    isolation: "guarded",
    allow: { write: ["/scratch"] },
  });
  for (const path of ["/scratch/../root", "/scratch/*", "scratch", "/scratch/a\0"]) {
    expect(() => node.confinementOf(GUEST, { allow: { write: [path] } })).toThrow(
      expect.objectContaining({ code: "OPTION_INVALID" }),
    );
    expect(() => parseConfine({ lease: LEASE, allow: { write: [path] } })).toThrow();
  }
  expect(parseConfine({ lease: LEASE, allow: { write: ["/scratch/a"] } })).toMatchObject({ lease: LEASE });
  expect(() => parseNodeJoin({ node: { allow: { read: ["/a/../b"] } }, lanes: [] })).toThrow();
});

test("who is not the owner gets what the node gives, and a refusal that names the node where it gives less", () => {
  const node = confineAt("uid", {});
  expect(node.confinementOf(GUEST)).toEqual({ isolation: "uid", allow: {} });
  expect(node.confinementOf(OWNER)).toEqual({ isolation: "trusted", allow: {} });
  expect(() => node.confinementOf(GUEST, { isolation: "sealed" })).toThrow(
    expect.objectContaining({
      code: "ISOLATION_FORBIDS",
      message: "node maxi does not take this job: it runs code uid, not sealed",
    }),
  );
});
