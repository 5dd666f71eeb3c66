/** What is said on the port on which the tasks of a server ask their page for abilities. */

/** By the server. */
export type AskWords =
  | { readonly type: "ask"; readonly id: number; readonly what: string; readonly args: readonly unknown[] }
  | { readonly type: "cancel"; readonly id: number };

/** By the page. */
export type AnswerWords =
  | { readonly type: "done"; readonly id: number; readonly value: unknown }
  | {
      readonly type: "failed";
      readonly id: number;
      /** An `ErrorCode`, when it is an error of ours. */
      readonly code: string | undefined;
      readonly message: string;
      readonly hint: string;
    };
