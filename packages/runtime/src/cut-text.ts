/** Texts for people that are no longer than they may be. */

/** The text, or its beginning with an ellipsis where it has more than `most` characters. */
export const cut = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1)}…`);
