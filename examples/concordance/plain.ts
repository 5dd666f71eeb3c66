/** The same work in one plain process, without skein; prints how many milliseconds it took. */
import { countFile, emptyCounts } from "./count.ts";
import { findFiles } from "./walk.ts";

const found = await findFiles(process.argv[2] ?? ".");
const startMs = performance.now();
const counts = emptyCounts();
for (const group of found.groups) {
  for (const path of group.paths) countFile(path, counts);
}
console.log(performance.now() - startMs);
