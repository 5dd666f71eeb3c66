/** Has every tab that may fetch ask for one address. */
import { type Client, type NodeInfo } from "skein";
import { type Look } from "./tasks.ts";

export const mayFetch = ({ kind, labels }: NodeInfo): boolean =>
  kind === "tab" && (labels["abilities"]?.split(",").includes("fetch") ?? false);

export async function lookFromAll(
  client: Client,
  url: string,
): Promise<readonly (Look & { readonly place: string })[]> {
  await using job = await client.openJob({ name: "many places" });
  const tasks = await job.module<typeof import("./tasks.ts")>(new URL("./tasks.ts", import.meta.url));
  const { nodes } = await client.status();
  const looks = nodes.filter(mayFetch).map(async ({ id, name, platform }) => {
    const place = `${name} (${platform})`;
    try {
      return { place, ...(await tasks.look.run([url], { kind: "io", at: id })) };
    } catch (error) {
      return { place, outcome: String((error as { readonly code?: string }).code), tookMs: 0 }; // it has left
    }
  });
  return await Promise.all(looks);
}
