/** Types of `find.mjs`. */
export function findFirefox(): string | undefined;
export function findWebKit(): { readonly driver: string; readonly display: string } | undefined;
export function commandPath(name: string): string | undefined;
