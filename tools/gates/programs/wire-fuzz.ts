/** Fuzzes everything that reads what peers send, in a process of little memory: `wire-fuzz.ts COUNT SEED`. */
import { createHostPlatform, installHostPlatform } from "../../../packages/runtime/src/testing/host-platform.ts";
import { runFuzz } from "../../../packages/runtime/src/testing/fuzz/run-fuzz.ts";

const [count = 1000, seed = 1] = process.argv.slice(2).map(Number);
installHostPlatform();
const { taken, refused, findings, slowest } = runFuzz(createHostPlatform(), count, seed);
const peakMiB = process.resourceUsage().maxRSS / 1024;
console.log(
  `${taken} taken, ${refused} refused, slowest ${slowest.ms.toFixed(0)} ms (${slowest.name}), peak ${peakMiB.toFixed(0)} MiB`,
);
for (const finding of findings) console.log(finding.slice(0, 2000));
process.exit(findings.length === 0 ? 0 : 1);
