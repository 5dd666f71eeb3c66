/** Renders a picture in stripes on all that a cluster has, and tells how many of them tabs have done. */
import { type Client } from "skein";
import { png } from "./png.ts";

const ROWS = 8;

export interface Rendered {
  readonly picture: Uint8Array;
  readonly stripes: number;
  readonly atTabs: number;
}

export async function render(client: Client, size: number): Promise<Rendered> {
  await using job = await client.openJob({ name: "render farm" });
  const tasks = await job.module<typeof import("./tasks.ts")>(new URL("./tasks.ts", import.meta.url));
  const places: string[] = [];
  const watching = (async () => {
    for await (const event of job.events.values()) if (event.type === "task.exited") places.push(event.server ?? "");
  })();
  const stripes = [];
  for (let from = 0; from < size; from += ROWS) {
    // Tabs come and go: what ran in one that was closed runs again.
    stripes.push(tasks.rows.call([from, Math.min(size, from + ROWS), size], { retries: 5 }));
  }
  await Promise.all(stripes);
  const tabs = job.nodes().filter(({ kind }) => kind === "tab");
  // What a tab gave that was caught later is done again meanwhile: these are the last word.
  await job.close();
  await watching;
  const parts = await Promise.all(stripes);
  const atTabs = places.filter((place) => tabs.some(({ id }) => place.startsWith(`${id}/`))).length;
  return { picture: png(size, parts), stripes: parts.length, atTabs };
}
