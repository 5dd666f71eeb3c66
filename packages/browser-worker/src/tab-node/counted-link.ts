/** A link that counts what goes over it: what a server has taken from and given to its job. */
import type { Link } from "@skein/runtime/host";

export interface LinkBytes {
  inBytes: number;
  outBytes: number;
}

/** `inBytes` go to the server, `outBytes` come from it. */
export function countedLink(link: Link, count: LinkBytes): Link {
  return {
    transport: link.transport,
    closed: link.closed,
    send: (frame) => {
      count.inBytes += frame.byteLength;
      return link.send(frame);
    },
    drained: () => link.drained(),
    receive: (onFrame) => {
      link.receive((frame) => {
        count.outBytes += frame.byteLength;
        onFrame(frame);
      });
    },
    pause: () => link.pause(),
    resume: () => link.resume(),
    close: () => link.close(),
    abort: (error) => link.abort(error),
  };
}
