/** A picture of red, green and blue bytes as a PNG file. */
import { crc32, deflateSync } from "node:zlib";

/** A square of `size`; the parts are its rows, from the top. */
export function png(size: number, parts: readonly Uint8Array[]): Uint8Array {
  const pixels = Buffer.concat(parts);
  const lines = Array.from({ length: size }, (_, y) =>
    // Each line begins with the number of its filter: none.
    Buffer.concat([Buffer.of(0), pixels.subarray(y * size * 3, (y + 1) * size * 3)]),
  );
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 2], 8); // eight bits each, of three colours
  const signature = Buffer.of(137, 80, 78, 71, 13, 10, 26, 10);
  const data = deflateSync(Buffer.concat(lines));
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}
