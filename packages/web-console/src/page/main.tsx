/** The console's page: shows its frame at once, then joins the cluster as a peer and shows what it hears. */
import { browserParts } from "./browser-parts.ts";
import { drawPage } from "./draw-page.tsx";
import { consoleSource } from "./session.ts";

drawPage(consoleSource(browserParts));
