/** Real hosts, full size: three network namespaces joined by veth, one peer each, with the usual times. */
import { Commanded, pause, until } from "../../packages/node-server/test/namespaces/commanded.ts";
import { Lan, type LanHost, whyNoNamespaces } from "../../packages/node-server/test/namespaces/lan.ts";
import { expectThat, type Gate } from "./gate.ts";

const SECRET = "k3jd92mfoq8w7e6rty4uzx1cvbnmasdf";
/** Every so many milliseconds a message is sent. */
const EVERY_MS = 1;
const CABLE_OUT_MS = 5000;
/** Longer than the linger of 30 s. */
const AWAY_MS = 45_000;

interface Counted {
  readonly count: number;
  readonly gaps: number;
}

const say = (text: string): void => console.log(`   ${text}`);
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** What stays true of all peers and hosts while one of them is hit. */
interface Site {
  readonly peers: readonly Commanded[];
  readonly hosts: readonly LanHost[];
}

const connected = async (peers: readonly Commanded[]): Promise<boolean> =>
  (await Promise.all(peers.map((peer) => peer.connected()))).every(({ length }) => length === peers.length - 1);

async function found({ peers }: Site): Promise<void> {
  await Promise.all(peers.map(({ id }) => id));
  const tookMs = await until("all are connected", () => connected(peers));
  say(`three hosts found each other without an address ${Math.round(tookMs)} ms after the last had started`);
  expectThat(tookMs < 2000, "finding each other took longer than 2 s");
}

async function cableOut({ peers, hosts }: Site): Promise<void> {
  const [to, ...from] = peers;
  if (to === undefined) return;
  for (const [index, peer] of from.entries()) {
    const name = `counter ${index}`;
    await to.tell("register", { name });
    await peer.tell("locate", { name, ms: 5000 });
    await peer.tell("send", { name, ms: EVERY_MS });
  }
  await pause(2000);
  hosts[0]?.setCable(false);
  await pause(CABLE_OUT_MS);
  hosts[0]?.setCable(true);
  await pause(2000);
  for (const [index, peer] of from.entries()) {
    const name = `counter ${index}`;
    const sent = Number(await peer.tell("stop", { name }));
    const received = async (): Promise<Counted> => (await to.tell("received", { name })) as Counted;
    await until("all has arrived", async () => (await received()).count >= sent, 60_000);
    const { count, gaps } = await received();
    say(`cable out for ${seconds(CABLE_OUT_MS)}: ${count} of ${sent} messages arrived, ${gaps} out of order or twice`);
    expectThat(count === sent && gaps === 0, "a message was lost, doubled or out of order");
    expectThat((await peer.events("lost")).length === 0, "a peer was lost");
  }
}

/** Hits the first host, has it come back, and looks that each side was told once and that all heals. */
async function away(site: Site, what: string, hit: () => void, undo: () => void): Promise<void> {
  const [one, ...others] = site.peers;
  if (one === undefined) return;
  const lostBefore = await Promise.all(site.peers.map(async (peer) => (await peer.events("lost")).length));
  for (const peer of others) await peer.tell("locate", { name: "counter 0", ms: 5000 });
  const startMs = performance.now();
  hit();
  const deliveries = others.map(async (peer) => await failure(peer.tell("deliver", { name: "counter 0", ms: 0 })));
  const codes = await Promise.all(deliveries);
  say(`${what}: deliveries under way failed after ${seconds(performance.now() - startMs)} with ${codes.join(", ")}`);
  expectThat(
    codes.every((code) => /PEER_LOST|DELIVERY_UNKNOWN/.test(code)),
    "a delivery did not fail as it should",
  );
  for (const peer of others) {
    expectThat(
      (await failure(peer.tell("locate", { name: "counter 0", ms: 200 }))) === "TIMEOUT",
      "a lost name is found",
    );
  }
  await pause(Math.max(0, AWAY_MS - (performance.now() - startMs)));
  undo();
  const healedMs = await until("all are connected again", () => connected(site.peers), 60_000);
  say(`${what}: all were connected again ${seconds(healedMs)} after it was over`);
  const lost = await Promise.all(site.peers.map(async (peer) => (await peer.events("lost")).length));
  const expected = [others.length, ...others.map(() => 1)];
  const told = lost.map((count, index) => count - (lostBefore[index] ?? 0));
  expectThat(String(told) === String(expected), `lost was told ${told.join(", ")} times, not ${expected.join(", ")}`);
  for (const peer of others) {
    await peer.tell("locate", { name: "counter 0", ms: 20_000 });
    await peer.tell("deliver", { name: "counter 0", ms: 10_000 });
  }
  say(`${what}: told once on each side; the names are found and reached again`);
}

const failure = async (work: Promise<unknown>): Promise<string> =>
  await work.then(
    () => "nothing",
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );

export const gate: Gate = {
  proves:
    "three hosts: found by multicast DNS, nothing lost in 5 s without a cable, lost and healed after 45 s, STOP and KILL",
  limitMs: 420_000,
  run: async () => {
    const missing = whyNoNamespaces();
    if (missing !== undefined) return say(`skipped: ${missing}`);
    const lan = new Lan("10.84");
    const started: Commanded[] = [];
    const start = (host: LanHost): Commanded => {
      const peer = new Commanded({ listen: ["0.0.0.0:4100"], secret: SECRET }, host);
      started.push(peer);
      return peer;
    };
    try {
      const hosts = [lan.host(), lan.host(), lan.host()];
      const site = { hosts, peers: hosts.map(start) };
      await found(site);
      await cableOut(site);
      const [first] = site.peers;
      await away(
        site,
        "cable out for 45 s",
        () => hosts[0]?.setCable(false),
        () => hosts[0]?.setCable(true),
      );
      await away(
        site,
        "kill -STOP for 45 s",
        () => first?.child.kill("SIGSTOP"),
        () => first?.child.kill("SIGCONT"),
      );
      await killed(site, start);
    } finally {
      for (const peer of started) await peer.end();
      lan.close();
    }
  },
};

async function killed({ peers, hosts }: Site, start: (host: LanHost) => Commanded): Promise<void> {
  const [one, ...others] = peers;
  const [host] = hosts;
  if (one === undefined || host === undefined) return;
  const before = await Promise.all(others.map(async (peer) => (await peer.events("lost")).length));
  const startMs = performance.now();
  const delivery = failure(others[0]?.tell("deliver", { name: "counter 0", ms: 0 }) ?? Promise.resolve());
  one.child.kill("SIGKILL");
  for (const [index, peer] of others.entries()) {
    await until("it is lost", async () => (await peer.events("lost")).length > (before[index] ?? 0), 60_000);
  }
  say(`kill -9: lost after ${seconds(performance.now() - startMs)}; a delivery under way: ${await delivery}`);
  const again = start(host);
  await again.id;
  await again.tell("register", { name: "counter 0" });
  for (const peer of others) await peer.tell("locate", { name: "counter 0", ms: 20_000 });
  say("kill -9: another one in its place was found, with its names");
}
