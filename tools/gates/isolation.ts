/** The 43 attempts of `fixtures/probes.ts` under each profile: what gets through is what docs/security.md says. */
import { type Isolation } from "@skein/runtime";
import { THROUGH, throughOf, tryToGetOut } from "../../packages/node-server/test/isolation-expected.ts";
import { makeTargets, SECRET_VARIABLE } from "../../packages/node-server/test/isolation-targets.ts";
import { expectThat, type Gate } from "./gate.ts";
import { startGuestCluster } from "./programs/guest-cluster.ts";

const PROFILES: readonly Isolation[] = ["trusted", "guarded", "uid", "sealed"];
const ATTEMPTS = 43;

export const gate: Gate = {
  proves:
    "43 attempts to get out of a server process: 43 get through trusted, 6 guarded, 4 as a user, none sealed (Node 24)",
  limitMs: 5 * 60_000,
  run: async () => {
    const table = new Map<Isolation, Readonly<Record<string, string>>>();
    for (const profile of PROFILES) table.set(profile, await attemptsUnder(profile));
    const names = Object.keys(table.get("trusted") ?? {});
    for (const name of names) {
      const cells = PROFILES.map((profile) => String(table.get(profile)?.[name]).slice(0, 20).padEnd(21));
      console.log(`${name.padEnd(42)} ${cells.join("")}`);
    }
    for (const [profile, results] of table) {
      const through = throughOf(results).toSorted();
      const expected = (profile === "trusted" ? names : THROUGH[profile]).toSorted();
      expectThat(Object.keys(results).length === ATTEMPTS, `${profile}: not ${ATTEMPTS} attempts`);
      expectThat(through.join() === expected.join(), `${profile}: through are ${through.join("; ")}`);
    }
  },
};

async function attemptsUnder(profile: Isolation): Promise<Readonly<Record<string, string>>> {
  await using made = await makeTargets();
  const environment = { [SECRET_VARIABLE]: "x" };
  await using cluster = await startGuestCluster(
    ["--servers", "1", "--isolation", profile],
    environment,
    made.targets.outside,
  );
  const results = await tryToGetOut({ ...made.targets, node: cluster.pid }, { SKEIN_CLUSTER: cluster.invite });
  const changes = made.changes();
  expectThat(profile === "trusted" || changes.length === 0, `${profile}: changed ${changes.join()}`);
  return results;
}
