/** A plain worker beside the page, for code of a cluster that the tab's owner trusts: it may do what the page may. */
import type { Box } from "./box.ts";

/** Starts `program`, the text of a classic script, in a worker of this page. As {@link openFrameBox}, without its walls. */
export function openWorkerBox(program: string): Box {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const [link, host] = [new MessageChannel(), new MessageChannel()];
  const url = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
  const worker = new Worker(url, { name: "skein server" });
  let onError: (text: string) => void = () => {};
  const close = (why: string | undefined): void => {
    worker.terminate();
    URL.revokeObjectURL(url);
    host.port1.close();
    resolve(why);
  };
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    if (event.message) onError(event.message);
    else close("its worker could not be started, or ended: the page's policy may forbid workers from blobs");
  });
  worker.postMessage(undefined, [link.port2, host.port2]);
  return {
    link: link.port1,
    host: host.port1,
    ended: promise,
    onError: (take) => {
      onError = take;
    },
    kill: () => close(undefined),
  };
}
