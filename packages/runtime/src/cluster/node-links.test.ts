import { expect, test } from "vitest";
import { NODE_LINK_IDLE_MS } from "../defaults.ts";
import { type NodeId } from "../ids.ts";
import { VirtualClock, virtualPlatform } from "../testing/virtual-platform.ts";
import { NodeLinks } from "./node-links.ts";

// Ids that only have to be told apart here.
const [a, b] = ["a" as NodeId, "b" as NodeId];

test("a connection that no job uses for a while is let go, once; one that is used is kept", async () => {
  const clock = new VirtualClock();
  const platform = virtualPlatform({ clock });
  const inUse = new Set([b]);
  const released: NodeId[] = [];
  const links = new NodeLinks({ platform, inUse: (node) => inUse.has(node), release: (node) => released.push(node) });
  links.used(a);
  links.used(b);
  await clock.advance(NODE_LINK_IDLE_MS - 1);
  expect(released).toEqual([]);
  await clock.advance(1);
  expect(released).toEqual([a]);
  await clock.advance(10 * NODE_LINK_IDLE_MS);
  expect(released).toEqual([a]);
  inUse.clear();
  await clock.advance(2 * NODE_LINK_IDLE_MS);
  expect(released).toEqual([a, b]);
  links.used(a);
  links.close();
  await clock.advance(2 * NODE_LINK_IDLE_MS);
  expect(released).toEqual([a, b]);
});
