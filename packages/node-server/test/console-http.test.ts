import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type OutgoingHttpHeaders, request } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PeerId, silentLogger } from "@skein/runtime";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { type ConsoleOptions, ConsoleServer } from "../src/console-http/console.ts";

// A PeerId in its usual form.
const PEER = "12D3KooWPjceQrSwdWXPyLLeABRXmuqt69Rg3sBYbU1Nft9HyQ6X" as PeerId;
let directory: string;
let open: ConsoleServer[];
let peer: WebSocketServer;
let seen: OutgoingHttpHeaders[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "skein-console-"));
  await mkdir(join(directory, "pages/assets"), { recursive: true });
  await writeFile(join(directory, "secret.txt"), "outside");
  await writeFile(join(directory, "pages/index.html"), "<!doctype html><title>console</title>");
  await writeFile(join(directory, "pages/assets/index-abc123.js"), "export {};");
  open = [];
  seen = [];
  peer = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  peer.on("connection", (socket, first) => {
    seen.push(first.headers);
    socket.on("message", (data) => socket.send(data));
  });
  await new Promise((resolve) => peer.once("listening", resolve));
});

afterEach(async () => {
  for (const console of open) await console.close();
  for (const client of peer.clients) client.terminate();
  await new Promise((resolve) => peer.close(resolve));
  await rm(directory, { recursive: true, force: true });
});

async function start(options: Partial<ConsoleOptions> = {}): Promise<ConsoleServer> {
  return await startAtUsualPort({ port: 0, ...options });
}

async function startAtUsualPort(options: Partial<ConsoleOptions>): Promise<ConsoleServer> {
  // A listening server has an address with a port.
  const { port } = peer.address() as AddressInfo;
  const console = new ConsoleServer({
    pages: join(directory, "pages"),
    sessionKey: new Uint8Array(32).fill(3),
    addresses: () => [`/ip4/127.0.0.1/tcp/${port}/ws`],
    peer: PEER,
    session: async () => ({ invite: "invite-1", scheduler: { peer: PEER, server: 0 } }),
    ...options,
  });
  open.push(console);
  return await console.listen();
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

/** Like a browser but free in its headers, which fetch is not; `path` goes out as it is. */
function ask(url: string, path: string, headers: OutgoingHttpHeaders = {}, method = "GET"): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => (body += part));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on("error", reject);
    sent.end();
  });
}

interface LoggedIn {
  readonly cookie: string;
  /** What the page keeps. */
  readonly key: string;
}

async function login(console: ConsoleServer): Promise<LoggedIn> {
  const link = new URL(console.loginUrl());
  const { headers } = await ask(console.url, link.pathname + link.search);
  return {
    cookie: String(headers["set-cookie"]).split(";")[0] ?? "",
    key: /^\/#key=([\w-]{43})$/.exec(String(headers["location"]))?.[1] ?? "",
  };
}

test("without the cookie nothing is answered but a page that says what to do", async () => {
  const console = await start();
  for (const path of ["/", "/index.html", "/assets/index-abc123.js", "/nodes/x", "/login", "/login?t=guess"]) {
    const answer = await ask(console.url, path);
    expect([path, answer.status]).toEqual([path, 401]);
    expect(answer.body).toContain("skein console");
    expect(answer.body).not.toContain("<title>console</title>");
  }
  expect((await ask(console.url, "/session", { "x-skein": "1" }, "POST")).status).toBe(401);
});

test("a login link opens a session once, and the cookie shows the pages", async () => {
  const console = await start();
  const link = new URL(console.loginUrl());
  const first = await ask(console.url, link.pathname + link.search);
  expect(first.status).toBe(303);
  expect((await ask(console.url, link.pathname + link.search)).status).toBe(401);
  const cookie = String(first.headers["set-cookie"]).split(";")[0] ?? "";
  for (const path of ["/", "/nodes/12D3", "/tasks?q=a"]) {
    expect((await ask(console.url, path, { cookie })).body).toContain("<title>console</title>");
  }
});

test("a link that was followed from another site says how to open it, and is still good", async () => {
  const console = await start();
  const link = new URL(console.loginUrl());
  const path = link.pathname + link.search;
  const answer = await ask(console.url, path, { "sec-fetch-site": "cross-site" });
  expect(answer.status).toBe(403);
  expect(answer.body).toContain("into the address bar");
  expect((await ask(console.url, path, { "sec-fetch-site": "none" })).status).toBe(303);
});

test("scripts and styles are sent compressed to who takes that, where they were built so", async () => {
  await writeFile(join(directory, "pages/assets/index-abc123.js.gz"), "gz");
  await writeFile(join(directory, "pages/assets/index-abc123.js.br"), "br");
  const console = await start();
  const { cookie } = await login(console);
  const script = "/assets/index-abc123.js";
  expect((await ask(console.url, script, { cookie })).body).toBe("export {};");
  const gzip = await ask(console.url, script, { cookie, "accept-encoding": "gzip, deflate" });
  expect([gzip.body, gzip.headers["content-encoding"]]).toEqual(["gz", "gzip"]);
  expect(String(gzip.headers["content-type"])).toContain("javascript");
  expect((await ask(console.url, script, { "accept-encoding": "gzip" })).status).toBe(401);
});

test("pages may load nothing but the console's own files and are not kept; hashed files are", async () => {
  const console = await start();
  const { cookie } = await login(console);
  const page = await ask(console.url, "/", { cookie });
  expect(page.headers["content-security-policy"]).toContain("script-src 'self'; style-src 'self'");
  expect(page.headers["content-security-policy"]).toContain("require-trusted-types-for 'script'");
  expect(page.headers["cache-control"]).toBe("no-cache");
  expect(page.headers["x-content-type-options"]).toBe("nosniff");
  const script = await ask(console.url, "/assets/index-abc123.js", { cookie });
  expect(script.headers["content-type"]).toContain("text/javascript");
  expect(script.headers["cache-control"]).toContain("immutable");
});

test.each([
  "/../secret.txt",
  "/%2e%2e/secret.txt",
  "/..%2fsecret.txt",
  "/assets/..%2f..%2fsecret.txt",
  "/%",
  "//evil/secret.txt",
])("path %s does not lead out of the pages", async (path) => {
  const console = await start();
  const answer = await ask(console.url, path, { cookie: (await login(console)).cookie });
  expect(answer.body).not.toContain("outside");
});

test("a session is given to the page alone: cookie, the page's own key, own origin", async () => {
  const console = await start();
  const { cookie, key } = await login(console);
  const good = { cookie, "x-skein": key, origin: console.url, "sec-fetch-site": "same-origin" };
  const answer = await ask(console.url, "/session", good, "POST");
  expect(JSON.parse(answer.body)).toEqual({ invite: "invite-1", peer: PEER, scheduler: { peer: PEER, server: 0 } });
  expect(answer.headers["cache-control"]).toBe("no-store");
  const refused = async (headers: OutgoingHttpHeaders): Promise<string> =>
    (await ask(console.url, "/session", { ...good, ...headers }, "POST")).body;
  expect(await refused({ origin: "http://evil.example" })).toBe("refused: origin\n");
  expect(await refused({ "sec-fetch-site": "cross-site" })).toBe("refused: site\n");
  expect(await refused({ host: "evil.example" })).toBe("refused: host\n");
  expect(await refused({ cookie: "" })).toBe("refused: session\n");
  expect((await ask(console.url, "/session", good, "GET")).body).toContain("<title>console</title>");
});

test("a cookie alone, as another program on this machine may get it, opens no session", async () => {
  const console = await start();
  const [mine, other] = [await login(console), await login(console)];
  for (const key of ["", "1", other.key]) {
    const answer = await ask(console.url, "/session", { cookie: mine.cookie, "x-skein": key }, "POST");
    expect([answer.status, answer.body]).toEqual([401, "refused: key\n"]);
  }
});

test("a session is renewed with its key, and a used link gives none away", async () => {
  const console = await start();
  const link = new URL(console.loginUrl());
  const first = await ask(console.url, link.pathname + link.search);
  const cookie = String(first.headers["set-cookie"]).split(";")[0] ?? "";
  const key = String(first.headers["location"]).slice("/#key=".length);
  const renewed = await ask(console.url, "/session", { cookie, "x-skein": key }, "POST");
  const next = String(renewed.headers["set-cookie"]).split(";")[0] ?? "";
  expect((await ask(console.url, "/session", { cookie: next, "x-skein": key }, "POST")).status).toBe(200);
  const again = await ask(console.url, link.pathname + link.search, { cookie });
  expect([again.status, again.headers["location"], again.headers["set-cookie"]]).toEqual([303, "/", undefined]);
});

test.each(["PUT", "DELETE", "PATCH", "OPTIONS", "POST", "TRACE"])("%s is no method of the console", async (method) => {
  const console = await start();
  const answer = await ask(console.url, "/", { cookie: (await login(console)).cookie }, method);
  expect(answer.status).toBe(405);
});

test("a session survives a restart with the same key, and not one with another", async () => {
  const first = await start();
  const { cookie } = await login(first);
  const port = Number(new URL(first.url).port);
  await first.close();
  const second = await start({ port });
  expect((await ask(second.url, "/", { cookie })).status).toBe(200);
  await second.close();
  const third = await start({ port, sessionKey: new Uint8Array(32) });
  expect((await ask(third.url, "/", { cookie })).status).toBe(401);
});

test("a session that nobody can make now is answered, not left waiting", async () => {
  const console = await start({ session: () => Promise.reject(new Error("no peer")) });
  const { cookie, key } = await login(console);
  const answer = await ask(console.url, "/session", { cookie, "x-skein": key }, "POST");
  expect([answer.status, answer.body]).toEqual([503, "no session can be opened now"]);
});

test("without built pages it says what to run", async () => {
  const console = await start({ pages: join(directory, "nowhere") });
  const answer = await ask(console.url, "/", { cookie: (await login(console)).cookie });
  expect([answer.status, answer.body.includes("not built")]).toEqual([503, true]);
});

test("a port that is taken is refused when asked for by number", async () => {
  const console = await start();
  await expect(start({ port: Number(new URL(console.url).port) })).rejects.toMatchObject({ code: "OPTION_INVALID" });
});

test("a usual port that is taken is no failure: the next free one is used", async () => {
  const taken = createServer().listen({ host: "127.0.0.1", port: 8181 });
  onTestFinished(() => void taken.close());
  // By this test, or by something else on this machine.
  await new Promise((resolve) => taken.once("listening", resolve).once("error", resolve));
  const failures: string[] = [];
  const console = await startAtUsualPort({
    logger: { ...silentLogger, error: (event) => failures.push(event) },
  });
  expect(Number(new URL(console.url).port)).toBeGreaterThan(8181);
  expect(failures).toEqual([]);
});

test("without TLS it is served on loopback only", async () => {
  await expect(start({ host: "0.0.0.0" })).rejects.toMatchObject({ code: "OPTION_INVALID" });
});

/** "open", or the status of the refusal. */
function upgrade(url: string, headers: OutgoingHttpHeaders): Promise<{ result: string; socket: WebSocket }> {
  const socket = new WebSocket(url.replace("http", "ws"), { headers: headers as Record<string, string> });
  return new Promise((resolve) => {
    socket.on("open", () => resolve({ result: "open", socket }));
    socket.on("unexpected-response", (_, response) => resolve({ result: String(response.statusCode), socket }));
    socket.on("error", (error) => resolve({ result: error.message, socket }));
  });
}

test("a page's WebSocket reaches the peer's listener, without its cookie", async () => {
  const console = await start();
  const { cookie } = await login(console);
  const { result, socket } = await upgrade(console.url, { cookie, origin: console.url });
  expect(result).toBe("open");
  socket.send("hello");
  expect(String(await new Promise((resolve) => socket.once("message", resolve)))).toBe("hello");
  expect(seen[0]?.["cookie"]).toBeUndefined();
  const closed = new Promise((resolve) => socket.once("close", resolve));
  await console.close();
  await closed;
});

test("a page's WebSocket reaches a listener by TLS, too, whatever its certificate says", async () => {
  const folder = new URL("certificates/", import.meta.url);
  const [cert, key] = await Promise.all(["server.pem", "server.key"].map((name) => readFile(new URL(name, folder))));
  const listener = createTlsServer({ cert, key }).listen({ host: "127.0.0.1", port: 0 });
  const sockets = new WebSocketServer({ server: listener });
  onTestFinished(() => {
    for (const client of sockets.clients) client.terminate();
    listener.close();
  });
  sockets.on("connection", (socket) => socket.on("message", (data) => socket.send(data)));
  await new Promise((resolve) => listener.once("listening", resolve));
  // A listening server has an address with a port.
  const { port } = listener.address() as AddressInfo;
  const console = await start({ addresses: () => [`/ip4/127.0.0.1/tcp/${port}/tls/ws`] });
  const { cookie } = await login(console);
  const { result, socket } = await upgrade(console.url, { cookie, origin: console.url });
  expect(result).toBe("open");
  socket.send("by TLS");
  expect(String(await new Promise((resolve) => socket.once("message", resolve)))).toBe("by TLS");
  socket.terminate();
});

test("other WebSockets are refused", async () => {
  const console = await start();
  const { cookie } = await login(console);
  expect((await upgrade(console.url, { cookie, origin: "http://evil.example" })).result).toBe("403");
  expect((await upgrade(console.url, { cookie })).result).toBe("403");
  expect((await upgrade(console.url, { origin: console.url })).result).toBe("401");
  expect((await upgrade(console.url, { cookie, origin: console.url, host: "evil.example" })).result).toBe("403");
  expect(seen).toEqual([]);
});

test("a WebSocket to a peer that listens on none is refused, and one to a dead listener closed", async () => {
  const console = await start({ addresses: () => [] });
  expect((await upgrade(console.url, { cookie: (await login(console)).cookie, origin: console.url })).result).toBe(
    "503",
  );
  const other = await start({ addresses: () => ["/ip4/127.0.0.1/tcp/1/ws"] });
  expect((await upgrade(other.url, { cookie: (await login(other)).cookie, origin: other.url })).result).toMatch(
    /hang up|ECONN/,
  );
});
