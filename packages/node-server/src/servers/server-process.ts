/** The program that a server process runs: a runtime behind its node, reached by the socketpair that is descriptor 3. */
import { existsSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { Socket } from "node:net";
import { type CodeDigest, isSkeinError, runtime, SkeinError } from "@skein/runtime";
import { isCodeDigest, type Procedures } from "@skein/runtime/host";
import { createServerRouter, type ServerOptions, startServer } from "@skein/runtime/network";
import "../index.ts"; // what shipped code imports as `skein`: loaded while the process waits for its use
import { bindShippedCode } from "../code/module-hooks.ts";
import { explainDenied } from "../isolation/denied.ts";
import { keepSignals } from "../isolation/signals.ts";
import { socketLink } from "../links/socketpair.ts";
import { createLineLogger } from "../log.ts";
import { CancelReader } from "./cancel-file.ts";
import { taskTracing } from "../tracing/open-telemetry.ts";
import { type Greeting, readGreeting } from "./greeting.ts";
import { markOutput } from "./output-marks.ts";
import { serverPlaces } from "./server-places.ts";

const LINK_DESCRIPTOR = 3;
const CANCELS_DESCRIPTOR = 4;

/** Waits for its use, serves, and ends with its link: without its node there is nobody to work for. */
async function serve(): Promise<void> {
  flushCompileCache(); // now, while nobody waits: a server is killed, and would not write it at its end
  const greeting = await readGreeting(process.stdin);
  if (greeting === undefined) return;
  process.title = `skein server ${greeting.server}`;
  bindShippedCode(greeting.codeUrl, greeting.packagesUrl);
  keepSignals();
  const { procedures, bulk, closed } = createServerRouter({
    runtime,
    link: socketLink(new Socket({ fd: LINK_DESCRIPTOR, readable: true, writable: true })),
    self: { peer: greeting.peer, server: greeting.server },
  });
  let freshWords: (() => void) | undefined;
  const server = startServer({
    runtime,
    procedures,
    bulk,
    explain: explainDenied,
    onBegin: () => freshWords?.(),
    places: serverPlaces(greeting.folder),
    ...(greeting.cancels ? { nextCancel: cancels() } : {}),
    tracing: taskTracing(),
    importCode: (digest) => importCode(greeting, procedures, digest),
    logger: createLineLogger(), // standard error, which the node forwards to its own log
  });
  markOutput(process.stdout, () => server.speaker());
  freshWords = markOutput(process.stderr, () => server.speaker());
  try {
    await server.ready;
  } catch (error) {
    // A node that let it go before it was ready is no error; one that can't be told would wait for nothing.
    if (!isSkeinError(error, "PEER_LOST")) throw error;
  }
  await closed;
}

function cancels(): NonNullable<ServerOptions["nextCancel"]> {
  const reader = new CancelReader(CANCELS_DESCRIPTOR);
  return () => reader.take();
}

/** From the process's own folder, where the node puts a copy. */
async function importCode(
  { peer, codeUrl }: Greeting,
  procedures: Procedures,
  digest: CodeDigest,
): Promise<Record<string, unknown>> {
  if (!isCodeDigest(digest)) {
    throw new SkeinError("CODE_UNKNOWN", "code is named by a SHA-256 in hexadecimal", { hint: "send it again" });
  }
  const url = `${codeUrl}${digest}.mjs`;
  if (!existsSync(new URL(url))) await procedures.call({ peer, server: 0 }, "node.code.give", { digest });
  return await import(url);
}

await serve();
process.exit(0);
