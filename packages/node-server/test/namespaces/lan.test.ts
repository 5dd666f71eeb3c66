import { afterEach, describe, expect, test } from "vitest";
import { Commanded, pause, until } from "./commanded.ts";
import { Lan, type LanHost, skipping, whyNoNamespaces } from "./lan.ts";

const skipped = skipping(whyNoNamespaces());

const SECRET = "k3jd92mfoq8w7e6rty4uzx1cvbnmasdf";
const LISTEN = ["0.0.0.0:4100"];
const opened: { end(): Promise<void> }[] = [];

/** Hosts on one network, each with a peer that listens there. */
async function peersOn(lan: Lan, count: number, options: object): Promise<{ peers: Commanded[]; hosts: LanHost[] }> {
  const hosts = Array.from({ length: count }, () => lan.host());
  const peers = hosts.map((host) => start({ listen: LISTEN, secret: SECRET, ...options }, host));
  await Promise.all(peers.map(({ id }) => id));
  return { peers, hosts };
}

function start(options: object, host?: LanHost): Commanded {
  const peer = new Commanded(options, host);
  opened.push(peer);
  return peer;
}

function network(): Lan {
  const lan = new Lan();
  opened.push({
    end: () => {
      lan.close();
      return Promise.resolve();
    },
  });
  return lan;
}

const allConnected = async (peers: readonly Commanded[]): Promise<boolean> =>
  (await Promise.all(peers.map((peer) => peer.connected()))).every(({ length }) => length === peers.length - 1);

afterEach(async () => {
  // Processes first: what runs in a namespace keeps it.
  for (const one of opened.splice(0))
    if (one instanceof Commanded) await one.end();
    else opened.push(one);
  for (const one of opened.splice(0)) await one.end();
});

describe.skipIf(skipped)("hosts on one network", () => {
  test("find each other without any address, know each other's names, and lose no message when a cable is out", async () => {
    const lan = network();
    const { peers, hosts } = await peersOn(lan, 3, {});
    const [a, b, c] = peers as [Commanded, Commanded, Commanded];
    await until("all are connected", () => allConnected(peers));
    await a.tell("register", { name: "counter" });
    expect(await b.tell("locate", { name: "counter", ms: 5000 })).toBe(await a.id);
    expect(await c.tell("locatePeer", { name: (await b.id).slice(-8), ms: 5000 })).toMatchObject({ peer: await b.id });
    await b.tell("send", { name: "counter", ms: 2 });
    hosts[0]?.setCable(false);
    await pause(2500);
    hosts[0]?.setCable(true);
    await pause(500);
    const sent = await b.tell("stop", { name: "counter" });
    const received = async (): Promise<unknown> => await a.tell("received", { name: "counter" });
    await until("all has arrived", async () => ((await received()) as { count: number }).count >= Number(sent));
    expect(await received()).toMatchObject({ count: sent, gaps: 0 });
    expect(await b.events("lost")).toEqual([]);
  });

  test("that are away for longer than the linger are lost once on both sides, and all heals", async () => {
    const lan = network();
    const { peers, hosts } = await peersOn(lan, 2, { lingerMs: 1500 });
    const [a, b] = peers as [Commanded, Commanded];
    await until("all are connected", () => allConnected(peers));
    await a.tell("register", { name: "counter" });
    expect(await b.tell("locate", { name: "counter", ms: 5000 })).toBe(await a.id);
    hosts[0]?.setCable(false);
    const delivery = b.tell("deliver", { name: "counter", ms: 0 });
    await expect(delivery).rejects.toThrowError(/PEER_LOST|DELIVERY_UNKNOWN|PEER_UNREACHABLE/);
    // Each notices by itself.
    const losses = async (): Promise<number[]> => [(await a.events("lost")).length, (await b.events("lost")).length];
    await until("each is lost to the other", async () => !(await losses()).includes(0));
    expect([await a.events("lost"), await b.events("lost")]).toEqual([[`lost ${await b.id}`], [`lost ${await a.id}`]]);
    await expect(b.tell("locate", { name: "counter", ms: 100 })).rejects.toThrowError("TIMEOUT");
    hosts[0]?.setCable(true);
    await until("both are connected again", () => allConnected(peers));
    expect(await b.tell("locate", { name: "counter", ms: 5000 })).toBe(await a.id);
    await b.tell("deliver", { name: "counter", ms: 5000 });
    expect((await b.events("lost")).length).toBe(1);
  });

  test("whose process stops and goes on, or is killed and started again, are lost and found again", async () => {
    const lan = network();
    const { peers, hosts } = await peersOn(lan, 2, { lingerMs: 1500 });
    const [a, b] = peers as [Commanded, Commanded];
    await until("all are connected", () => allConnected(peers));
    a.child.kill("SIGSTOP");
    await until("it is lost", async () => (await b.events("lost")).length === 1);
    a.child.kill("SIGCONT");
    await until("both are connected again", () => allConnected(peers));
    await a.end();
    await until("it is lost again", async () => (await b.events("lost")).length === 2);
    const again = start({ listen: LISTEN, secret: SECRET, lingerMs: 1500 }, hosts[0]);
    await again.id;
    await again.tell("register", { name: "counter" });
    expect(await b.tell("locate", { name: "counter", ms: 10_000 })).toBe(await again.id);
  });

  test("of another cluster are never seen, and one that is revoked is out everywhere", async () => {
    const lan = network();
    const owner = start({ listen: LISTEN }, lan.host());
    await owner.id;
    const invite = await owner.tell("invite", { roles: ["peer"] });
    const { peers } = await peersOn(lan, 2, { secret: undefined, invite });
    const other = await peersOn(lan, 2, {});
    const all = [owner, ...peers];
    await until(
      "both clusters are connected",
      async () => (await allConnected(all)) && (await allConnected(other.peers)),
    );
    const [out, stays] = peers as [Commanded, Commanded];
    const outId = await out.id;
    await owner.tell("revoke", { name: outId });
    const gone = async (): Promise<boolean> => {
      const left = await Promise.all([owner.connected(), stays.connected(), out.connected()]);
      return !left.some((ids) => ids.includes(outId)) && left[2]?.length === 0;
    };
    // How soon: the gate `revocation`.
    await until("it is out", gone);
    await pause(1500);
    expect(await gone()).toBe(true);
    for (const peer of [...all, ...other.peers]) expect(await peer.events("refused")).toEqual([]);
  });
});
