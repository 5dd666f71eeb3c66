/** How a task ended: exactly one of these. */
export type Exit<R> =
  | { readonly type: "returned"; readonly value: R }
  | { readonly type: "failed"; readonly error: Error }
  | { readonly type: "cancelled"; readonly reason: unknown }
  /** Its process or peer is gone; whether it finished can't be known. */
  | { readonly type: "lost"; readonly error: Error };
