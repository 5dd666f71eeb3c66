/** The console's page: shows a frame at once, then joins the cluster as a peer and shows what it hears. */
import { drawPage } from "./draw-page.tsx";
import { simulatedSource } from "../dev/simulated-source.ts";

drawPage(simulatedSource("connecting"));
