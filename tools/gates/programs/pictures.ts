/** Pictures for the gate `pool-work`: found, made, and made small. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";

/** A made photograph has so many pixels. */
const WIDTH = 2000;
const HEIGHT = 1500;
const THUMBNAIL = 320;

/** JPEG and PNG files below a folder. */
export function picturesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(jpe?g|png)$/i.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

/** Writes a JPEG with the noise of a photograph over soft colours, another for each seed; gives its path. */
export async function photograph(path: string, seed: number): Promise<string> {
  const colour = (n: number): string => `hsl(${(seed * 47 + n * 90) % 360}, 60%, ${30 + ((seed * 13 + n * 17) % 50)}%)`;
  const shapes = Array.from({ length: 12 }, (_, n) => {
    const [x, y] = [(seed * 131 + n * 379) % WIDTH, (seed * 71 + n * 211) % HEIGHT];
    return `<circle cx="${x}" cy="${y}" r="${60 + ((seed + n * 53) % 300)}" fill="${colour(n)}" opacity="0.6"/>`;
  });
  const sky = `<linearGradient id="sky" x2="0" y2="1"><stop stop-color="${colour(1)}"/><stop offset="1" stop-color="${colour(3)}"/></linearGradient>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}"><defs>${sky}</defs><rect width="100%" height="100%" fill="url(#sky)"/>${shapes.join("")}</svg>`;
  const noise = { type: "gaussian", mean: 128, sigma: 12 } as const;
  const grain = await sharp({ create: { width: WIDTH, height: HEIGHT, channels: 3, background: "#000", noise } })
    .png({ compressionLevel: 0 })
    .toBuffer();
  await sharp(Buffer.from(svg))
    .composite([{ input: grain, blend: "soft-light" }])
    .jpeg({ quality: 88 })
    .toFile(path);
  return path;
}

/** A picture of at most 320 pixels each way, with one thread; gives its digest. */
export async function thumbnail(path: string): Promise<string> {
  sharp.concurrency(1);
  const small = await sharp(readFileSync(path)).resize(THUMBNAIL, THUMBNAIL, { fit: "inside" }).jpeg().toBuffer();
  return createHash("sha256").update(small).digest("hex");
}
