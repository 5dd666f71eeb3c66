/** Units: milliseconds for time, bytes for size. */
export const SECOND_MS = 1000;
export const MINUTE_MS: number = 60 * SECOND_MS;
export const HOUR_MS: number = 60 * MINUTE_MS;
export const DAY_MS: number = 24 * HOUR_MS;

export const KIB = 1024;
export const MIB: number = 1024 * KIB;
