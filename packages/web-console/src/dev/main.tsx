/** The page with a made-up cluster, to work on how it looks: `vite` and then /dev.html?state=… */
import { drawPage } from "../page/draw-page.tsx";
import { simulatedSource } from "./simulated-source.ts";

const state = new URLSearchParams(location.search).get("state");
history.replaceState(null, "", "/");
drawPage(simulatedSource(state));
