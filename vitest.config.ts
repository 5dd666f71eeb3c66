import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { chromiumOptions } from "./tools/engines/chromium.ts";
import { firefox } from "./tools/engines/firefox.ts";
import { webkit } from "./tools/engines/webkit.ts";

/** Unit tests of the isomorphic parts run in Node and in every browser engine; `*.node.test.ts` only in Node. */
const isomorphic = ["packages/runtime/src/**/*.test.ts", "packages/web-console/src/**/*.test.ts"];
const nodeOnly = [
  "packages/*/src/**/*.node.test.ts",
  "packages/node-server/src/**/*.test.ts",
  "tools/**/*.test.ts",
  "examples/concordance/*.test.ts",
];

/** A slow machine is no fault of the code; what hangs is found all the same. */
const testTimeout = 60_000;
/** Also where a file sets up what its tests share. */
const hookTimeout = testTimeout;
/** Nor is a slow machine when something is looked for again and again; vitest's own limit is a second. */
const patient = { expect: { poll: { timeout: 30_000 } } };

/** One page, or process, for all files, which loads the code once: one for each takes longer than the tests in it. */
const together = { isolate: false, setupFiles: ["packages/runtime/test/fresh-defaults.ts"] };

const inBrowser = {
  ...patient,
  testTimeout,
  hookTimeout,
  include: [...isomorphic, "packages/browser-worker/src/**/*.test.ts"],
  exclude: ["**/*.node.test.ts"],
  ...together,
  setupFiles: [
    // Programs get these from `import "@skein/browser-worker"`; WebKit has no `Symbol.dispose` of its own.
    "packages/browser-worker/src/symbols.ts",
    ...together.setupFiles,
  ],
  provide: { roundsShare: 0.2 },
};
const page = { enabled: true, headless: true, screenshotFailures: false };

export default defineConfig({
  test: {
    reporters: ["default"],
    projects: [
      {
        test: {
          name: "unit-node",
          include: isomorphic,
          exclude: ["**/*.node.test.ts"],
          environment: "node",
          testTimeout,
          hookTimeout,
          ...patient,
          ...together,
        },
      },
      // What changes its process, each file in one of its own.
      {
        test: { name: "unit-node-only", include: nodeOnly, environment: "node", testTimeout, hookTimeout, ...patient },
      },
      {
        test: {
          name: "unit-chromium",
          ...inBrowser,
          browser: {
            ...page,
            provider: playwright({
              launchOptions: chromiumOptions(),
            }),
            instances: [{ browser: "chromium" }],
          },
        },
      },
      {
        test: {
          name: "unit-firefox",
          ...inBrowser,
          browser: { ...page, provider: firefox(), instances: [{ browser: "firefox" }] },
        },
      },
      {
        test: {
          name: "unit-webkit",
          ...inBrowser,
          browser: { ...page, provider: webkit(), instances: [{ browser: "webkit" }] },
        },
      },
      {
        test: {
          name: "integration",
          ...patient,
          globalSetup: ["tools/published-tree.ts"],
          include: ["packages/*/test/**/*.test.ts", "examples/test/**/*.test.ts"],
          environment: "node",
          testTimeout: 180_000,
          hookTimeout: 180_000,
          // What one waits for are processes and pauses of their own.
          maxWorkers: 2,
          // Programs of examples and docs, which are processes of their own.
          maxConcurrency: 3,
        },
      },
      {
        test: {
          name: "e2e",
          ...patient,
          globalSetup: ["tools/server-program.ts", "tools/published-tree.ts"],
          include: ["playwright/**/*.test.ts"],
          environment: "node",
          testTimeout: 240_000,
          hookTimeout: 240_000,
          // The longest of them waits for losses to be noticed most of its time.
          maxWorkers: 2,
        },
      },
    ],
  },
});
