/** `fetch` of a tab's server: behind its walls there is no network, and whoever tries is told what there is. */

/** What it is put into: the worker's global object. */
interface Scope {
  /** "null" behind walls. */
  readonly origin: string;
  fetch: typeof fetch;
}

/** Has `fetch` of a scope without an origin say how a task gets what is in the web. */
export function hintAtAbility(scope: Scope): void {
  if (scope.origin !== "null") return;
  const bare = scope.fetch.bind(scope);
  scope.fetch = async (...asked) => {
    try {
      return await bare(...asked);
    } catch (cause) {
      if (!(cause instanceof TypeError)) throw cause;
      throw new TypeError(`${cause.message}: a task in a tab has task.io.fetch, where the tab's owner granted it`, {
        cause,
      });
    }
  };
}
