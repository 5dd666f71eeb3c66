/**
 * Pictures made small in the workers of a pool: bytes go there and come back, and the originals are not kept twice.
 *
 * Run:  npm run example -- 28
 * See:
 *   24 pictures of 960 x 720
 *   each is a PNG of 120 x 90 now
 *   the first is gone from here: 0 bytes
 *   all together have less than a fiftieth of the bytes
 */
import { pool } from "skein";
import { crc32, deflateSync } from "node:zlib";

interface Picture {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue. */
  readonly pixels: Uint8Array<ArrayBuffer>;
}

/** Something to look at: rings, in other colours for each `seed`. */
function draw(seed: number, width: number, height: number): Picture {
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const ring = Math.hypot(x - width / 2, y - height / (2 + (seed % 3)));
      const at = (y * width + x) * 3;
      pixels[at] = (ring * (1 + seed)) & 255;
      pixels[at + 1] = (x + seed * 20) & 255;
      pixels[at + 2] = (y + ring) & 255;
    }
  }
  return { width, height, pixels };
}

/** Each pixel is the mean of a square of the picture; as PNG. */
function thumbnail({ width, height, pixels }: Picture, times: number): Uint8Array {
  const [w, h] = [Math.floor(width / times), Math.floor(height / times)];
  const rows = new Uint8Array(h * (1 + w * 3)); // each begins with a 0: its bytes are as they are
  for (let y = 0; y < h; y += 1) {
    for (let x = 0; x < w; x += 1) {
      for (let colour = 0; colour < 3; colour += 1) {
        let sum = 0;
        for (let dy = 0; dy < times; dy += 1) {
          for (let dx = 0; dx < times; dx += 1)
            sum += pixels[((y * times + dy) * width + x * times + dx) * 3 + colour] ?? 0;
        }
        rows[y * (1 + w * 3) + 1 + x * 3 + colour] = sum / (times * times);
      }
    }
  }
  return png(w, h, rows);
}

function png(width: number, height: number, rows: Uint8Array): Uint8Array {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2], 8); // 8 bits of each of three colours
  const part = (name: string, data: Uint8Array): Buffer => {
    const named = Buffer.concat([Buffer.from(name), data]);
    const [size, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    size.writeUInt32BE(data.byteLength);
    sum.writeUInt32BE(crc32(named));
    return Buffer.concat([size, named, sum]);
  };
  const start = Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]);
  return Buffer.concat([start, part("IHDR", head), part("IDAT", deflateSync(rows)), part("IEND", Buffer.alloc(0))]);
}

await using p = pool({ servers: 2 });

// The workers draw them, too: `star` gives each list as arguments.
const seeds = Array.from({ length: 24 }, (_, seed): [number, number, number] => [seed, 960, 720]);
const pictures: Picture[] = [];
for await (const picture of p.map(draw, seeds, { star: true })) pictures.push(picture);
const before = pictures.reduce((sum, { pixels }) => sum + pixels.byteLength, 0);
console.log(`${pictures.length} pictures of ${pictures[0]?.width} x ${pictures[0]?.height}`);

// `transfer`: this program gives the bytes away, so that they are nowhere twice.
const small = await Promise.all(
  pictures.map((picture) => p.run(thumbnail, [picture, 8], { transfer: [picture.pixels.buffer] })),
);
const sizes = small.map((bytes) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return `${view.getUint32(16)} x ${view.getUint32(20)}`;
});
console.log(`each is a PNG of ${[...new Set(sizes)].join(" or ")} now`);
console.log(`the first is gone from here: ${pictures[0]?.pixels.byteLength} bytes`);
const after = small.reduce((sum, { byteLength }) => sum + byteLength, 0);
console.log(`all together have ${after * 50 < before ? "less" : "more"} than a fiftieth of the bytes`);
