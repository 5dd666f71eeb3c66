/** The page with a made-up cluster, to work on how it looks: `vite` and then /dev.html?state=…&view=/tasks. */
// Acts are operations, which a host runs.
import "@skein/browser-worker/install";
import { drawPage } from "../page/draw-page.tsx";
import { simulatedSource } from "./simulated-source.ts";

const parameters = new URLSearchParams(location.search);
const state = parameters.get("state");
const path = parameters.get("view") ?? (location.pathname.endsWith(".html") ? "/" : location.pathname);
parameters.delete("state");
parameters.delete("view");
history.replaceState(null, "", parameters.size === 0 ? path : `${path}?${parameters.toString()}`);
drawPage(simulatedSource(state));
