/** The tarballs of `npm run pack`, installed in an empty folder, run the README's program in Node and in a page built by Vite. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { launchChromium } from "../engines/chromium.ts";
import { pack } from "../pack.ts";
import { command, expectThat, type Gate, root } from "./gate.ts";

export const gate: Gate = {
  proves:
    "the packed tarballs run the README's program in Node and in a page built by Vite; publint and attw are green",
  limitMs: 10 * 60_000,
  async run() {
    const tarballs = await pack();
    const folder = mkdtempSync(join(tmpdir(), "skein-installed-"));
    try {
      await install(folder, tarballs);
      const expected = readmeProgram().output;
      const inNode = await command(folder, join(root, "node_modules/.bin/node"), ["first.ts"]);
      expectThat(inNode.code === 0 && inNode.output === expected, "the program printed something else in Node", inNode);
      const printed = await inPage(folder);
      expectThat(printed === expected, `the program printed something else in the page:\n${printed}`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

function readmeProgram(): { text: string; output: string } {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const [, text = "", output = ""] = /^```ts\n([\s\S]*?)^```\n+^```\n([\s\S]*?)^```$/m.exec(readme) ?? [];
  return { text, output };
}

async function install(folder: string, tarballs: readonly string[]): Promise<void> {
  const dependencies = Object.fromEntries(
    tarballs.map((path) => [
      /skein-(runtime|node-server|browser-worker|web-console)-/.exec(path)?.[1] ?? "",
      `file:${path}`,
    ]),
  );
  const named = Object.entries(dependencies).map(([name, path]) => [name === "" ? "skein" : `@skein/${name}`, path]);
  const manifest = {
    name: "try",
    private: true,
    type: "module",
    dependencies: Object.fromEntries(named),
    devDependencies: { vite: "8.3.8" },
  };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest, undefined, 2));
  writeFileSync(join(folder, "first.ts"), readmeProgram().text);
  // Without an icon of its own the browser asks for one, and says in the console that there is none.
  writeFileSync(
    join(folder, "index.html"),
    '<!doctype html><link rel="icon" href="data:,"><title>first</title><script type="module" src="/first.ts"></script>',
  );
  const installed = await command(folder, "npm", ["install", "--include=dev", "--loglevel=error"]);
  expectThat(installed.code === 0, "the tarballs can't be installed", installed);
}

async function inPage(folder: string): Promise<string> {
  const built = await command(folder, join(root, "node_modules/.bin/node"), ["node_modules/vite/bin/vite.js", "build"]);
  expectThat(built.code === 0, "vite build failed", built);
  const types: Record<string, string> = { ".html": "text/html", ".js": "text/javascript" };
  const server = createServer((request, response) => {
    const path = request.url === "/" || request.url === undefined ? "/index.html" : request.url;
    try {
      const body = readFileSync(join(folder, "dist", path));
      response.writeHead(200, { "content-type": types[extname(path)] ?? "application/octet-stream" }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    let printed = "";
    page.on("console", (message) => {
      printed += `${message.text()}\n`;
    });
    page.on("pageerror", (error) => {
      printed += `${error.message}\n`;
    });
    const lines = readmeProgram().output.split("\n").length - 1;
    await page.goto(`http://127.0.0.1:${typeof address === "object" ? (address?.port ?? 0) : 0}/`);
    for (let tries = 0; tries < 100 && printed.split("\n").length - 1 < lines; tries += 1)
      await page.waitForTimeout(100);
    return printed;
  } finally {
    await browser.close();
    server.close();
  }
}
