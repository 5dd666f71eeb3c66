/** `tab-bundle`: what a browser downloads until a tab of the join page has answered its first I/O task, beside bare libp2p. */
import { buildJoin } from "../tools/build-join.ts";
import { besideBare } from "./bare-bundle.ts";

export async function run(): Promise<void> {
  await besideBare("tab-bundle", (folder) => buildJoin(folder, ["index.html"]));
}
