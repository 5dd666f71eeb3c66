/** An operation that acts at once, of asynchronous work of the page. */
import type { Operation } from "@skein/runtime";
import { Deferred } from "@skein/runtime/host";

/** Starts `work` and gives its end as an operation, which may be waited on any number of times. `what` is for people. */
export function acting<T>(what: string, work: () => Promise<T>): Deferred<T> & Operation<T> {
  const deferred = new Deferred<T>(what);
  work().then(
    (value) => deferred.resolve(value),
    (error: unknown) => deferred.reject(error),
  );
  return deferred;
}
