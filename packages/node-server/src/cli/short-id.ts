/** Ids as tables show them: PeerIds all begin alike, so their last characters tell them apart. */
export const SHORT_ID_LENGTH = 8;

export const shortId = (id: string): string => `…${id.slice(-SHORT_ID_LENGTH)}`;
