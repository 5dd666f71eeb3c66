import { locate, type Service, startPeer } from "@skein/node-server";
import { expect, onTestFinished, test } from "vitest";
import { BreakableProxy, unusedPort } from "./breakable-proxy.ts";
import { startNode } from "./cli.ts";
import { fixture } from "./programs.ts";

/** A service of another process, reached only through a proxy, that gives back what it gets. */
async function echoThroughProxy(): Promise<{ proxy: BreakableProxy; echo: Service<[unknown], unknown> }> {
  const port = await unusedPort();
  const proxy = await BreakableProxy.start(() => port);
  onTestFinished(() => proxy.close());
  const options = { listen: [`127.0.0.1:${port}`], announce: [`127.0.0.1:${proxy.port}`] };
  const program = startNode([fixture("echo-peer.ts"), JSON.stringify(options)]);
  const { invite }: { readonly invite: string } = JSON.parse(await program.line((line) => line.includes("invite")));
  const peer = await startPeer({ invite });
  onTestFinished(async () => {
    await peer.close();
    program.child.stdin?.end();
  });
  return { proxy, echo: await locate<Service<[unknown], unknown>>("echo") };
}

function bytesOf(size: number, n: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 1) bytes[at] = at * 7 + n;
  return bytes;
}

test("large values come back whole from another process while the connection between them breaks", async () => {
  const { proxy, echo } = await echoThroughProxy();
  const values = Array.from({ length: 9 }, (_, n) => bytesOf(n % 3 === 0 ? 100 : 1_500_000 + n, n));
  const answers = values.map((value) => echo.call([value]));
  // Whatever is under way when it breaks, the answers tell in the end.
  for (let connections = 1; connections <= 3; connections += 1) {
    await proxy.connected(connections);
    await answers[connections];
    proxy.cut();
  }
  for (const [n, answer] of answers.entries()) {
    const got = await answer;
    if (!(got instanceof Uint8Array)) throw new TypeError("no bytes came back");
    // Megabytes are compared at once: one by one takes seconds.
    expect(Buffer.compare(got, values[n] ?? new Uint8Array(0))).toBe(0);
  }
}, 30_000);
