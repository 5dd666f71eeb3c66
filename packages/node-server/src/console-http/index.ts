/** The console's HTTP side. */
export { type ConsoleOptions, type PageSession } from "./console.ts";
export { consolePages } from "./pages.ts";
export { type Console, startConsole } from "./start-console.ts";
