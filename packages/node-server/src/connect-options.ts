/** What the link and the options of `connect()` may be. */
import {
  amount,
  anyObject,
  checkOptions,
  flag,
  listOf,
  type OptionTable,
  signal,
  text,
  time,
} from "@skein/runtime/network";
import type { ConnectOptions } from "./connect.ts";

const CONNECT_OPTIONS: OptionTable<ConnectOptions> = {
  name: text,
  logger: anyObject,
  secret: text,
  nodes: listOf(text),
  private: flag,
  tracing: flag,
  listen: listOf(text),
  files: text,
  maxFileBytes: amount(),
  timeoutMs: time,
  signal,
};

/** Programs in JavaScript have no compiler that checks them. @throws {SkeinError} `OPTION_INVALID` */
export function checkConnect(link: unknown, options: unknown): void {
  if (link !== undefined) text(link, "link", "connect");
  checkOptions("connect", options, CONNECT_OPTIONS);
}
