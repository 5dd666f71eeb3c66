/** Gates by name, for tasks of a test that wait until it opens one: both sides find it, whoever comes first. */
import { afterEach } from "vitest";

export interface TestGate {
  readonly opened: Promise<void>;
  readonly open: () => void;
}

/** A test file's own; each of its tests begins with none. */
export function testGates(): (name: string) => TestGate {
  const gates = new Map<string, TestGate>();
  afterEach(() => gates.clear());
  return (name) => {
    let known = gates.get(name);
    if (known === undefined) {
      const { promise, resolve } = Promise.withResolvers<void>();
      gates.set(name, (known = { opened: promise, open: resolve }));
    }
    return known;
  };
}
