/** A network of namespaces joined by veth, with a Linux bridge as its switch: hosts of their own on one machine. Root only. */
import { execFileSync } from "node:child_process";
import { geteuid } from "node:process";

const run = (...args: readonly string[]): string =>
  execFileSync(args[0] ?? "", args.slice(1), { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

/** Why namespaces can't be made here; `undefined` when they can. */
export function whyNoNamespaces(): string | undefined {
  if (geteuid?.() !== 0) return "network namespaces need root";
  const name = `skein-probe-${process.pid}`;
  try {
    run("ip", "netns", "add", name);
    run("ip", "link", "add", `${name.slice(0, 12)}a`, "netns", name, "type", "veth", "peer", "name", `p${process.pid}`);
    return undefined;
  } catch (error) {
    return `network namespaces can't be made here: ${String(error).split("\n")[0]}`;
  } finally {
    try {
      run("ip", "netns", "delete", name);
    } catch {
      // There is none.
    }
  }
}

/** Says why tests are left out: they never are in silence. */
export function skipping(reason: string | undefined): boolean {
  if (reason !== undefined) process.stderr.write(`skipped: ${reason}\n`);
  return reason !== undefined;
}

/** Whether a program is installed. */
export function has(program: string): boolean {
  try {
    run("which", program);
    return true;
  } catch {
    return false;
  }
}

let made = 0;

export class Lan {
  readonly #id: string;
  readonly #switch: string;
  readonly #net: string;
  readonly #namespaces: string[] = [];
  #hosts = 0;

  /** `net`: the first two numbers of its addresses. */
  constructor(net = "10.77") {
    made += 1;
    this.#net = net;
    this.#id = `sk${process.pid}x${made}`;
    this.#switch = this.#namespace("switch");
    this.#ip(this.#switch, "link", "add", "br0", "type", "bridge", "forward_delay", "0");
    this.#ip(this.#switch, "link", "set", "br0", "up");
  }

  /** A host on this network: its namespace, address and port at the switch. */
  host(): LanHost {
    return this.join(this.#namespace(`h${this.#hosts + 1}`), "eth0");
  }

  /** Another interface of a namespace, on this network. */
  join(namespace: string, device: string): LanHost {
    this.#hosts += 1;
    const number = this.#hosts;
    const port = `port${number}${device}`;
    const address = `${this.#net}.0.${number}`;
    this.#ip(this.#switch, "link", "add", port, "type", "veth", "peer", "name", device, "netns", namespace);
    this.#ip(this.#switch, "link", "set", port, "master", "br0", "up");
    this.#ip(namespace, "addr", "add", `${address}/16`, "dev", device);
    this.#ip(namespace, "link", "set", "lo", "up");
    this.#ip(namespace, "link", "set", device, "up");
    if (device === "eth0") this.#ip(namespace, "route", "add", "224.0.0.0/4", "dev", device);
    const ip = (...args: readonly string[]): void => this.#ip(namespace, ...args);
    return {
      namespace,
      address,
      ip,
      setCable: (plugged) => this.#ip(this.#switch, "link", "set", port, plugged ? "up" : "down"),
      exec: (...args) => run("ip", "netns", "exec", namespace, ...args),
    };
  }

  close(): void {
    for (const namespace of this.#namespaces.splice(0)) {
      try {
        run("ip", "netns", "delete", namespace);
      } catch {
        // It is gone.
      }
    }
  }

  #namespace(name: string): string {
    const whole = `${this.#id}-${name}`;
    run("ip", "netns", "add", whole);
    this.#namespaces.push(whole);
    return whole;
  }

  #ip(namespace: string, ...args: readonly string[]): void {
    run("ip", "-n", namespace, ...args);
  }
}

/** Makes `router`, which is on both networks, hide the `inside` (the first two numbers of its addresses) behind its address outside. */
export function masquerade(router: LanHost, inside: string, outside: string): void {
  router.exec("sysctl", "-q", "-w", "net.ipv4.ip_forward=1");
  const rule = ["-t", "nat", "-A", "POSTROUTING", "-s", `${inside}.0.0/16`, "-o", outside, "-j", "MASQUERADE"];
  router.exec("iptables", ...rule);
}

export interface LanHost {
  readonly namespace: string;
  readonly address: string;
  /** `ip` with these arguments, in its namespace. */
  readonly ip: (...args: readonly string[]) => void;
  /** Pulls its cable out of the switch, or puts it in again. */
  readonly setCable: (plugged: boolean) => void;
  /** Runs a program there and gives what it prints. */
  readonly exec: (...args: readonly string[]) => string;
}
