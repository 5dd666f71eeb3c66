/** The few words of WebDriver that the tests in WebKit need. */
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

const READY_TIMEOUT_MS = 30_000;
const READY_POLL_MS = 50;
const COMMAND_TIMEOUT_MS = 60_000;

/** A session with one page. */
export class WebDriver {
  readonly #address: string;
  readonly #session: string;
  #open = true;

  private constructor(address: string, session: string) {
    this.#address = address;
    this.#session = session;
  }

  /** Waits until the driver at `address` answers, then starts its browser. */
  static async open(address: string, alwaysMatch: Readonly<Record<string, unknown>> = {}): Promise<WebDriver> {
    const endMs = Date.now() + READY_TIMEOUT_MS;
    while (!(await answers(address))) {
      if (Date.now() > endMs) throw new Error(`no WebDriver at ${address} after ${READY_TIMEOUT_MS} ms`);
      await delay(READY_POLL_MS);
    }
    const session = await command(address, "POST", "/session", { capabilities: { alwaysMatch } });
    if (typeof session !== "object" || session === null || !("sessionId" in session))
      throw new Error(`WebDriver gave no session: ${JSON.stringify(session)}`);
    return new WebDriver(address, String(session.sessionId));
  }

  async goto(url: string): Promise<void> {
    await this.#command("POST", "/url", { url });
  }

  async resize(width: number, height: number): Promise<void> {
    await this.#command("POST", "/window/rect", { width, height });
  }

  /** Runs the body of a function in the page and gives what it returns, or what its promise gives. */
  async evaluate(body: string, ...args: readonly unknown[]): Promise<unknown> {
    return await this.#command("POST", "/execute/sync", { script: body, args });
  }

  /** Does with pointer and keys what WebDriver's actions say. */
  async perform(actions: readonly unknown[]): Promise<void> {
    await this.#command("POST", "/actions", { actions });
  }

  /** Ends the browser; may be called twice. */
  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#command("DELETE", "").catch(() => undefined); // it has gone already
  }

  async #command(method: string, path: string, body?: unknown): Promise<unknown> {
    return await command(this.#address, method, `/session/${this.#session}${path}`, body);
  }
}

/** A port that was free a moment ago: WebKitWebDriver wants a number and says none. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (typeof address !== "object" || address === null) throw new Error("a TCP listener has no port");
  return address.port;
}

const answers = async (address: string): Promise<boolean> =>
  command(address, "GET", "/status").then(
    () => true,
    () => false,
  );

async function command(address: string, method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(address + path, {
    method,
    signal: AbortSignal.timeout(COMMAND_TIMEOUT_MS),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  // Every answer of WebDriver is { value }; an error has { error, message } in it.
  const { value } = (await response.json()) as { readonly value?: unknown };
  if (!response.ok) throw new Error(`WebDriver ${method} ${path}: ${JSON.stringify(value)}`);
  return value;
}
