/** The console's HTTP side. */
export { type ConsoleOptions, ConsoleServer, type PageSession } from "./console.ts";
export { consolePages } from "./pages.ts";
