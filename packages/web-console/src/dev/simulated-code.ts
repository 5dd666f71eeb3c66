/** Bundles and services of the made-up cluster. */
import type { BundleInfo, CodeDigest, Observed, ServiceInfo } from "@skein/runtime";
import type { SimulatedCluster } from "./simulated-cluster.ts";
import { jobId, nodeId } from "./simulated-parts.ts";

// Digests are opaque to the page.
const digest = (letter: string): CodeDigest => letter.repeat(43) as CodeDigest;

export function simulatedCode(cluster: SimulatedCluster): readonly Observed[] {
  const { nodes, timeMs } = cluster.snapshot();
  const made: readonly BundleInfo[] = [
    {
      digest: digest("k7Qf"),
      bytes: 48_213,
      name: "/home/ada/concordance/tasks.ts",
      exports: ["tokenise", "countWords", "longestLine"],
      jobs: [jobId(0)],
    },
    {
      digest: digest("Zm3x"),
      bytes: 48_377,
      name: "/home/ada/concordance/tasks.ts",
      exports: ["tokenise", "countWords", "longestLine"],
      jobs: [],
    },
    { digest: digest("a0Wd"), bytes: 9120, name: "/home/ada/tides/fit.ts", exports: ["fitTides"], jobs: [jobId(2)] },
  ];
  const service = (
    name: string,
    calls: number,
  ): { id: ServiceInfo["id"]; name: string; calls: number; running: number } => ({
    id: `s_${name}` as ServiceInfo["id"],
    name,
    calls: Math.floor((timeMs / 1000) % 1e5) * calls,
    running: calls > 5 ? 2 : 0,
  });
  return [
    {
      topic: "code",
      at: { peer: nodeId(9), server: 0 },
      timeMs,
      bundles: made,
      services: [service("clock", 1)],
      files: [
        { job: jobId(0), path: "stop-words.txt", bytes: 3811, digest: "5e".repeat(32), there: 3, sending: 0 },
        { job: jobId(0), path: "models/english.bin", bytes: 181_403_648, there: 2, sending: 1 },
      ],
    },
    ...nodes.map(({ id }) => ({
      topic: "code" as const,
      at: { peer: id, server: 0 },
      timeMs,
      bundles: made.map(({ digest: one, bytes = 0 }) => ({ digest: one, bytes, jobs: [] })),
      services: [],
    })),
    ...cluster.snapshot().servers.map(({ node, id }, index) => ({
      topic: "code" as const,
      at: { peer: node, server: Number(id.split("/")[1]) },
      timeMs,
      bundles: made
        .filter((_, number) => number !== 1)
        .map(({ digest: one, exports = [] }) => ({ digest: one, exports, jobs: [], state: "loaded" as const })),
      services: index === 0 ? [{ ...service("dictionary", 12), who: ["client" as const] }] : [],
    })),
  ];
}
