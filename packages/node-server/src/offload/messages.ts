/** What the process and its worker threads say to each other. */

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

/** An error as plain data, in the form of the wire's errors. */
export interface ErrorData {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly skein?: { readonly code: string; readonly hint: string };
  readonly fields?: Readonly<Record<string, string | number | boolean>>;
  readonly cause?: CauseData;
}

/** An error among the causes, or any other value. */
export type CauseData = { readonly error: ErrorData } | { readonly value: unknown };

export type ThreadAnswer = { readonly value: unknown } | { readonly error: ErrorData };
