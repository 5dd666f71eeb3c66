/** The program that a server of a tab runs in its worker: a runtime behind the tab's peer, reached by one port. */
import "../symbols.ts";
import * as skein from "@skein/runtime";
import { installPlatform } from "@skein/runtime/host";
import { createServerRouter, messagePortLink, startServer } from "@skein/runtime/network";
import { askOver } from "../io/ask-port.ts";
import { offload } from "../offload/offload.ts";
import { ConsoleLines } from "./console-lines.ts";
import { ShippedCode } from "./shipped-code.ts";
import type { PageWords, ServerWords } from "./words.ts";
import { MoreParts } from "./more-parts.ts";
import { hintAtAbility } from "./own-fetch.ts";
import { createWorkerPlatform } from "./worker-platform.ts";

installPlatform(createWorkerPlatform());
hintAtAbility(globalThis);

addEventListener(
  "message",
  ({ ports: [link, host] }) => {
    if (link !== undefined && host !== undefined) serve(link, host);
  },
  { once: true },
);

/** Waits for its use, then serves; the page ends it. */
function serve(linkPort: MessagePort, host: MessagePort): void {
  const tell = (words: ServerWords): void => host.postMessage(words, []);
  // Nothing tells a page that a worker has closed itself.
  Object.defineProperty(globalThis, "close", { value: () => tell({ type: "closing" }) });
  let told: (words: PageWords) => void = () => undefined;
  host.addEventListener("message", ({ data, ports: [abilities] }: MessageEvent<PageWords>) => {
    if (data.type === "greet") told = begin(data, { link: linkPort, abilities }, tell);
    else told(data);
  });
  host.start();
}

type Greeting = Extract<PageWords, { type: "greet" }>;

interface Ports {
  readonly link: MessagePort;
  readonly abilities: MessagePort | undefined;
}

function begin(
  { peer, server }: Greeting,
  { link, abilities }: Ports,
  tell: (words: ServerWords) => void,
): (words: PageWords) => void {
  const { runtime } = skein;
  const { procedures, bulk } = createServerRouter({ runtime, link: messagePortLink(link), self: { peer, server } });
  const more = new MoreParts(() => tell({ type: "more" }));
  const code = new ShippedCode({
    members: { ...skein, offload },
    more: more.load,
    ask: (digest) => procedures.call({ peer, server: 0 }, "node.code.give", { digest }),
  });
  const shell = startServer({
    runtime,
    procedures,
    bulk,
    importCode: (digest) => code.load(digest),
    explain: (error) => code.explain(error),
    ...(abilities === undefined ? {} : { askAbility: askOver(abilities) }),
  });
  const lines = new ConsoleLines({ send: (line) => tell({ type: "line", ...line }), speaker: () => shell.speaker() });
  lines.take(console);
  // A page that can't be told has let it go, and ends it.
  shell.ready.catch(() => undefined);
  return (words) => {
    if (words.type === "code") code.given(words.digest, words.code);
    else if (words.type === "taken") lines.taken(words.lines);
    else if (words.type === "more" || words.type === "no more") more.given(words);
  };
}
