/** What the process and its worker threads say to each other. */
import type { ThreadError } from "@skein/runtime/host";

/** Where a thread finds the function. */
export type FunctionCode =
  | {
      readonly type: "function";
      readonly source: string;
      readonly form: "expression" | "method" | "unknown";
      readonly name: string;
    }
  | { readonly type: "module"; readonly url: string; readonly exportName: string };

export interface ThreadRequest {
  readonly code: FunctionCode;
  readonly args: readonly unknown[];
  readonly transferResult: boolean;
}

export type ThreadAnswer = { readonly value: unknown } | { readonly error: ThreadError };
