/** `skein examples`: lists the examples that come with skein, and copies one to where you work. */
import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { SkeinError } from "@skein/runtime";
import { print, printJson } from "./output.ts";
import { table } from "./table.ts";

/** As published they lie beside `dist`, in a checkout at its top. */
const PLACES = ["../../examples/", "../../../../examples/"];

export function examplesCommand(program: Command, done: (code: number) => void): void {
  program
    .command("examples")
    .description("list the examples, or copy one to here")
    .argument("[NAME]", "the example whose name begins so")
    .argument("[DIR]", "the folder to copy it into", ".")
    .option("--json", "print one JSON line an example: { name, about, path }; of a copy { path, run }")
    .addHelpText(
      "after",
      `
Examples:
  skein examples                    what there is
  skein examples 08                 copies 08-service.ts into this folder
  skein examples primes work        a job on a cluster, into the folder work

Nothing is overwritten. Exit codes: 0 done, 1 it is there already, 2 no such example.`,
    )
    .action((name: string | undefined, folder: string, options: { readonly json?: true }) => {
      const examples = findExamples();
      if (name !== undefined) {
        const copy = copied(oneOf(examples, name), folder);
        if (options.json === true) printJson(copy);
        else print(`${copy.path}\n${copy.run}`);
      } else if (options.json === true) for (const example of examples) printJson(example);
      else
        print(
          `${table(
            ["example", "shows"],
            examples.map((each) => [each.name, each.about]),
          )}\n\nskein examples NAME copies one to here.`,
        );
      done(0);
    });
}

interface Example {
  readonly name: string;
  /** Its opening sentence. */
  readonly about: string;
  /** A file, or a folder with a `main.ts`. */
  readonly path: string;
}

function findExamples(): readonly Example[] {
  const folder = PLACES.map((place) => fileURLToPath(new URL(place, import.meta.url))).find((path) => existsSync(path));
  if (folder === undefined) return [];
  return readdirSync(folder)
    .filter((name) => /^\d\d-.*\.ts$/.test(name) || OF_JOBS.has(name))
    .map((name) => {
      const path = join(folder, name);
      const text = readFileSync(name.endsWith(".ts") ? path : join(path, "main.ts"), "utf8");
      return { name: name.replace(/\.ts$/, ""), about: sentenceOf(text), path };
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Those that are folders, and need nothing but skein. */
const OF_JOBS: ReadonlySet<string> = new Set(["primes"]);

const sentenceOf = (text: string): string => /^\/\*\*\s*(?:\* )?(.+?)(?: \*\/)?$/m.exec(text)?.[1] ?? "";

function oneOf(examples: readonly Example[], name: string): Example {
  const exact = examples.filter((each) => each.name === name);
  const found = exact.length > 0 ? exact : examples.filter((each) => each.name.startsWith(name));
  const [one] = found;
  if (one !== undefined && found.length === 1) return one;
  const names = (found.length === 0 ? examples : found).map((each) => each.name).join(", ");
  throw new SkeinError(
    "OPTION_INVALID",
    `${found.length === 0 ? "no" : String(found.length)} examples begin with ${name}`,
    {
      hint: `there are: ${names}`,
    },
  );
}

interface Copy {
  /** Where it is now. */
  readonly path: string;
  /** How it is run. */
  readonly run: string;
}

function copied({ path }: Example, folder: string): Copy {
  const to = join(resolve(folder), basename(path));
  if (existsSync(to)) {
    throw new SkeinError("FILE_EXISTS", `${to} is there already`, {
      hint: "name another folder: skein examples NAME DIR",
    });
  }
  cpSync(path, to, { recursive: true });
  const main = path.endsWith(".ts") ? "" : "/main.ts";
  const program = `${join(folder, basename(path))}${main}`;
  const needsCluster = readFileSync(`${path}${main}`, "utf8").includes("await connect(");
  return { path: to, run: needsCluster ? `skein up in one terminal, then: skein run ${program}` : `node ${program}` };
}
