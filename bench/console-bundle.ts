/** `console-bundle`: what a browser downloads until the console's overview shows a cluster, beside bare libp2p. */
import { buildConsole } from "../tools/build-pages.ts";
import { besideBare } from "./bare-bundle.ts";

export async function run(): Promise<void> {
  await besideBare("console-bundle", (folder) => buildConsole(folder, "index.html"));
}
