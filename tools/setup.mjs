/** Installs what the checkout lacks. Plain JavaScript without imports of packages: it runs before anything is installed, under any Node that can run npm. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { findFirefox, findWebKit } from "./engines/find.mjs";

export const root = fileURLToPath(new URL("..", import.meta.url));
const binaries = join(root, "node_modules", ".bin");
const installedLock = join(root, "node_modules", ".package-lock.json");

const say = (text) => console.error(`skein: ${text}`);

/** Stops with what to do, as a person would read it. */
export class SetupError extends Error {}

/**
 * Installs when packages are missing or the lock file has changed since. `npm install --no-save` takes the versions of
 * the lock file and leaves it as it is; `npm ci` would refuse a lock file that lacks another platform's optional parts.
 */
export function ensureInstalled() {
  const lock = join(root, "package-lock.json");
  if (existsSync(installedLock) && statSync(installedLock).mtimeMs >= statSync(lock).mtimeMs && nodeWorks()) return;
  if (existsSync(installedLock) && sameLock(lock) && nodeWorks()) return;
  say("installing the packages of package-lock.json into node_modules (npm install; Node 24 comes with them) …");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const result = spawnSync(npm, ["install", "--no-save", "--loglevel=error", "--no-progress"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (result.status !== 0) {
    throw new SetupError("npm install failed, in its own words above; without a way to the npm registry it can't work");
  }
  if (!nodeWorks())
    throw new SetupError(
      "node_modules/.bin/node does not run: is there a Node 24 for this system? (see the table in README.md)",
    );
}

const nodeWorks = () => {
  const result = spawnSync(localNode(), ["--version"], { encoding: "utf8", shell: process.platform === "win32" });
  return result.status === 0 && result.stdout.startsWith("v24.");
};

/** Whether what is installed is what the lock file says (a checkout that was only touched needs no new install). */
function sameLock(lock) {
  const wanted = JSON.parse(readFileSync(lock, "utf8")).packages;
  const installed = JSON.parse(readFileSync(installedLock, "utf8")).packages;
  return Object.entries(installed).every(
    ([path, entry]) => entry.link === true || wanted[path]?.version === entry.version,
  );
}

/** The Node of the dev dependency. */
export const localNode = () => join(binaries, process.platform === "win32" ? "node.cmd" : "node");

const candidates = [
  process.env.SKEIN_CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/snap/bin/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

const foundBrowser = () => candidates.find((path) => path !== undefined && existsSync(path));

/** Path of a Chromium for the tests: one that is there, else Debian's (as root), else Playwright's own download. */
export function ensureBrowser() {
  const found = foundBrowser();
  if (found !== undefined) return found;
  installFromDebian(["chromium"]);
  const installed = foundBrowser();
  if (installed !== undefined) return installed;
  const own = playwrightsOwn();
  if (existsSync(own)) return own;
  say("downloading Playwright's Chromium for the browser tests …");
  spawnSync(localNode(), [join(root, "node_modules", "playwright", "cli.js"), "install", "chromium"], {
    stdio: ["ignore", 2, 2],
  });
  if (existsSync(own)) return own;
  throw new SetupError(
    "no Chromium for the browser tests: install one (Debian and Ubuntu: sudo apt-get install chromium; macOS and Windows: Google Chrome) or set SKEIN_CHROMIUM to its path",
  );
}

const engines = [
  {
    name: "Firefox",
    project: "unit-firefox",
    find: findFirefox,
    packages: ["firefox-esr"],
    help: "there is none: install one, or set SKEIN_FIREFOX to its path",
  },
  {
    name: "WebKit",
    project: "unit-webkit",
    find: findWebKit,
    packages: ["webkit2gtk-driver", "xvfb"],
    help: "no WebKitWebDriver or no Xvfb here; Debian and Ubuntu: sudo apt-get install webkit2gtk-driver xvfb",
  },
];

/** The unit tests' projects that can run here beside Chromium's; what is missing is installed from Debian, or skipped with the reason. */
export function ensureEngines() {
  const missing = engines.filter(({ find }) => find() === undefined);
  if (missing.length > 0) installFromDebian(missing.flatMap(({ packages }) => packages));
  const present = engines.filter(({ find }) => find() !== undefined);
  for (const { name, project, help } of engines.filter((engine) => !present.includes(engine)))
    say(`${project} is SKIPPED, ${name}: ${help}`);
  return present.map(({ project }) => project);
}

/**
 * Debian's ssh server, for the tests of pools on hosts; each starts its own. Where the system would start it as a service
 * that is left to whoever owns the machine: those tests then say that they are skipped.
 */
export function ensureSshServer() {
  if (existsSync("/usr/sbin/sshd") || existsSync("/run/systemd/system")) return;
  installFromDebian(["openssh-server"]);
}

let listsAreNew = false;

/** Does nothing unless this is Debian, or its kin, and we are root. One package after another: its kin may lack some. */
function installFromDebian(packages) {
  if (!existsSync("/etc/debian_version") || process.getuid?.() !== 0) return;
  say(`installing for the tests: apt-get install ${packages.join(" ")} …`);
  const options = { stdio: ["ignore", 2, 2], env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
  if (!listsAreNew) spawnSync("apt-get", ["-qq", "update"], options);
  listsAreNew = true;
  for (const name of packages) spawnSync("apt-get", ["-qq", "install", "-y", "--no-install-recommends", name], options);
}

const playwrightsOwn = () =>
  execFileSync(localNode(), ["--eval", "process.stdout.write(require('playwright').chromium.executablePath())"], {
    cwd: root,
    encoding: "utf8",
  });

/** Environment in which our own Node and the packages' commands come first, and compiled modules are kept. */
export const environment = (extra = {}) => ({
  NODE_COMPILE_CACHE: join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "skein", "compiled"),
  ...process.env,
  PATH: `${binaries}${delimiter}${process.env.PATH ?? ""}`,
  ...extra,
});

/** Runs a command with our Node first; resolves with its exit code (128 + n for a signal). Ctrl-C reaches it as well. */
export function run(command, args, extraEnvironment = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: process.cwd(),
      stdio: "inherit",
      env: environment(extraEnvironment),
      shell: process.platform === "win32",
    });
    const ignore = () => {};
    const pass = () => child.kill("SIGTERM");
    process.on("SIGINT", ignore);
    process.on("SIGTERM", pass);
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      process.off("SIGINT", ignore);
      process.off("SIGTERM", pass);
      resolve(code ?? (signal === "SIGINT" ? 130 : 143));
    });
  });
}

/** As `run`, beside others: each line of what it says begins with its name. */
export function runBeside(name, command, args, extraEnvironment = {}) {
  return new Promise((resolve, reject) => {
    const colours = process.stdout.isTTY && !process.env.NO_COLOR ? { FORCE_COLOR: "1" } : {};
    const child = spawn(command, args, {
      cwd: process.cwd(),
      stdio: ["ignore", "pipe", "pipe"],
      env: environment({ ...colours, ...extraEnvironment }),
      shell: process.platform === "win32",
    });
    const ignore = () => {};
    const end = () => child.kill("SIGTERM");
    process.on("SIGINT", ignore);
    process.on("SIGTERM", end);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => console.log(`${name} │ ${line}`));
    }
    child.once("error", reject);
    child.once("exit", (code, killedBy) => {
      process.off("SIGINT", ignore);
      process.off("SIGTERM", end);
      const done = () => resolve(code ?? (killedBy === "SIGINT" ? 130 : 143));
      // What it said last may still come; a process that it left behind would keep its pipes open.
      setTimeout(done, 1000).unref();
      child.once("close", done);
    });
  });
}

/** Runs `main`; what goes wrong in the set-up is said in one line. */
export async function setUp(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(error.message);
    process.exitCode = 1;
  }
}
