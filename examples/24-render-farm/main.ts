/**
 * A render farm of tabs: the stripes of a picture are computed by nodes and by every browser that has joined. What tabs
 * give is checked: their first results twice, later ones now and then.
 *
 * Run:  skein up, open the page that `skein invite --role tab` names in as many browsers as you like, let them give
 *       workers, then: node examples/24-render-farm/main.ts 2000
 *       (npm run example -- 24 starts a cluster for as long as it runs, without tabs)
 * See:
 *   600 x 600: 75 stripes, 0 of them at tabs
 * and the picture mandelbrot.png.
 */
import { writeFile } from "node:fs/promises";
import { connect } from "skein";
import { render } from "./farm.ts";

const size = Number(process.argv[2] ?? 600);
await using client = await connect();
const { picture, stripes, atTabs } = await render(client, size);
await writeFile("mandelbrot.png", picture);
console.log(`${size} x ${size}: ${stripes} stripes, ${atTabs} of them at tabs`);
