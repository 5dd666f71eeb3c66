/** In place of channels: a page that watches has none, and reads its peer's events without. */
import type { ChannelId } from "../../runtime/src/ids.ts";
import type { Engine } from "../../runtime/src/task/engine.ts";
import { notHere } from "./not-here.ts";

export class LocalChannel {
  readonly engine: Engine;
  readonly name: string;
  readonly id: ChannelId = "" as ChannelId; // nobody is told of it
  readonly location: undefined = undefined;

  constructor(engine: Engine, name: string) {
    this.engine = engine;
    this.name = name;
  }

  publish(): void {}

  subscribe(): never {
    throw notHere("channels");
  }

  unsubscribe(): void {}

  close(): void {}
}
