import { test } from "vitest";
import { linkContract, type LinkPair } from "../link-contract.ts";
import { seededRandom } from "../seeded-random.ts";
import { Kernel } from "./kernel.ts";
import { Path } from "./network-model.ts";
import { SimLink } from "./sim-link.ts";
import { SimProcess } from "./sim-process.ts";
import { Wire } from "./wire.ts";

const kernel = new Kernel({ limitMs: 1e9, limitEvents: 1e7 });

function processNamed(name: string): SimProcess {
  return new SimProcess({
    kernel,
    name,
    seed: 1,
    driftShare: 0,
    wallAheadMs: () => 0,
    onUnhandled: (error) => kernel.fail(error),
  });
}

/** Two processes, joined by a link that is slow and loses. */
function pair(): LinkPair {
  const [near, far] = [processNamed("near"), processNamed("far")];
  const path = new Path({ latencyMs: [1, 20], lossShare: 0.1 }, seededRandom(7));
  const state = { blocked: () => false, latencyMs: () => path.nextMs() };
  const left = new SimLink(new Wire(kernel, near, far, state));
  const right = new SimLink(new Wire(kernel, far, near, state));
  left.join(right);
  return { left, right, close: () => left.close() };
}

for (const { name, run } of linkContract(() => Promise.resolve(pair()))) {
  test(`links of the simulator: ${name}`, async () => {
    let outcome: { readonly error?: unknown } | undefined;
    run().then(
      () => (outcome = {}),
      (error: unknown) => (outcome = { error }),
    );
    // The case begins with its first sends; what they cause is the kernel's to run.
    await Promise.resolve();
    await kernel.run(() => outcome !== undefined);
    if (outcome?.error !== undefined) throw outcome.error;
  });
}
