/** Numbers of things, as they are said. */

/** `1 server`, `2 servers`. */
export const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? "" : "s"}`;
