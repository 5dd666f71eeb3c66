import { expect, test } from "vitest";
import { consoleAddress } from "./console-address.ts";
import { News } from "./news.ts";
import { SimulatedCluster } from "../dev/simulated-cluster.ts";

test.each([
  ["http://127.0.0.1:8181/", "/ip4/127.0.0.1/tcp/8181/ws/p2p/P"],
  ["http://localhost:9000/nodes", "/dns/localhost/tcp/9000/ws/p2p/P"],
  ["http://[::1]:8181/", "/ip6/::1/tcp/8181/ws/p2p/P"],
  ["https://console.example/", "/dns/console.example/tcp/443/tls/ws/p2p/P"],
])("a page at %s joins at %s", (page, address) => {
  expect(consoleAddress(new URL(page), "P")).toBe(address);
});

test("events that come before the snapshot follow it", () => {
  const told: string[] = [];
  const news = new News({
    snapshot: ({ seq }) => void told.push(`snapshot ${seq}`),
    events: (events) => void told.push(`${events.length} events`),
  });
  const cluster = new SimulatedCluster({ jobs: [{ name: "j", tasks: 9, fns: [["f", 1000]] }] });
  const snapshot = cluster.snapshot();
  const early = cluster.advance(250);
  news.take(early);
  news.begin(snapshot);
  news.take(early);
  expect(told).toEqual([`snapshot ${snapshot.seq}`, `${early.length} events`, `${early.length} events`]);
});
