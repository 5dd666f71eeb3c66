/** The HTTP side of the join page. */
export { joinLink } from "./join-link.ts";
export { joinPages } from "./pages.ts";
export { type JoinPageServer, type JoinPageServerOptions, startJoinPage } from "./start-join-page.ts";
