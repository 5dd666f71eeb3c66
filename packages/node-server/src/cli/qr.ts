/** A link as a picture that phones read, where the terminal is wide enough for it. */

/** @returns `undefined` where it does not fit into so many columns */
export async function qrText(link: string, columns: number): Promise<string | undefined> {
  const { renderUnicodeCompact } = await import("uqr");
  // The lowest correction: a screen is clean, and links are long.
  const text = renderUnicodeCompact(link, { ecc: "L", border: 2 });
  const width = text.indexOf("\n");
  return width > columns ? undefined : text;
}
