/** Faults planted on purpose in copies of the code, to see that the schedules find them: the code is changed while it is loaded. */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

export interface PlantedFault {
  /** What it makes the code do. */
  readonly says: string;
  /** End of the path of the file it changes. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const planted = {
  "dropped-ack": {
    says: "one in twenty acknowledgements and answers is dropped",
    file: "runtime/src/peer/entry-server.ts",
    find: "        return pending.take(entry[1], from)?.resolve(entry[2]);",
    replace: "        return entry[1] % 20 === 7 ? undefined : pending.take(entry[1], from)?.resolve(entry[2]);",
  },
  "acked-too-early": {
    says: "a session acknowledges a frame more than it has",
    file: "runtime/src/link/session.ts",
    find: "  get received(): number {\n    return this.#received;",
    replace: "  get received(): number {\n    return this.#received === 0 ? 0 : this.#received + 1;",
  },
  "resend-without-dedupe": {
    says: "what a session sends again after a broken connection is taken again",
    file: "runtime/src/link/session.ts",
    find: "if (seq <= this.#received) return false;",
    replace: "if (seq <= this.#received) return true;",
  },
  "lost-monitor": {
    says: "monitors of a peer that is lost are not told",
    file: "runtime/src/task/remote-ref.ts",
    find: 'if (matches(watch.endpoint)) this.#end(monitor, { type: "lost", error });',
    replace: "if (matches(watch.endpoint)) this.#watches.delete(monitor);",
  },
} as const satisfies Record<string, PlantedFault>;

export type PlantedName = keyof typeof planted;
export const PLANTED: Readonly<Record<PlantedName, PlantedFault>> = planted;

export const isPlanted = (name: string): name is PlantedName => Object.hasOwn(PLANTED, name);

/** From now on this thread loads the code with that fault in it. @throws when the code has changed and the fault no longer fits */
export function plant(name: PlantedName): void {
  const { file, find, replace } = PLANTED[name];
  registerHooks({
    load: (url, context, nextLoad) => {
      const loaded = nextLoad(url, context);
      if (!url.startsWith("file:") || !fileURLToPath(url).replaceAll("\\", "/").endsWith(file)) return loaded;
      const source = readFileSync(fileURLToPath(url), "utf8");
      if (source.split(find).length !== 2)
        throw new Error(`${name} does not fit ${file} any more: mend tools/sim/planted.ts`);
      return {
        ...loaded,
        format: "module-typescript",
        source: source.replace(find, () => replace),
        shortCircuit: true,
      };
    },
  });
}
