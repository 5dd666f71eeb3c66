/** What people type to find something: words, each with or without a key before a colon. Pure. */
import type { JobId } from "@skein/runtime";
import type { ClusterModel } from "./cluster-model.ts";

export interface Term {
  /** Empty: anywhere. */
  readonly key: string;
  /** In small letters; never empty. */
  readonly value: string;
  /** It began with a minus: what matches is left out. */
  readonly not: boolean;
}

/** `fn:resize state:failed "two words" -server:maxi` as terms. A key without a value yet means nothing. */
export function parseQuery(text: string): readonly Term[] {
  const terms: Term[] = [];
  for (const [, minus = "", key = "", quoted, bare = ""] of text.matchAll(
    /(-?)(?:([a-z]+):)?(?:"([^"]*)"?|([^\s"]+)|(?=\s|$))/gi,
  )) {
    const value = (quoted ?? bare).toLowerCase();
    if (value !== "") terms.push({ key: key.toLowerCase(), value, not: minus !== "" });
  }
  return terms;
}

/** The query with `key:value` in place of whatever it had for `key`; without it when `value` is undefined. */
export function withTerm(text: string, key: string, value: string | undefined): string {
  const rest = text.replaceAll(new RegExp(String.raw`(^|\s)${key}:(?:"[^"]*"?|\S*)`, "gi"), "").trim();
  if (value === undefined) return rest;
  const written = /\s/.test(value) ? `"${value}"` : value;
  return rest === "" ? `${key}:${written}` : `${rest} ${key}:${written}`;
}

/** The value that a query has for `key`. */
export const termOf = (text: string, key: string): string | undefined =>
  parseQuery(text).find((term) => term.key === key && !term.not)?.value;

/** Whether `job:value` means that job: by its id, or part of its name. */
export const isJobMeant = (model: ClusterModel, job: JobId, value: string): boolean =>
  job === value || model.jobs.get(job)?.name.toLowerCase().includes(value) === true;
