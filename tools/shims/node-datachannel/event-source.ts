/** Events as WebRTC's classes give them: to listeners, and to the handler in `on…`. */
export abstract class EventSource extends EventTarget {
  /** Tells of an event with further properties. */
  protected tell(type: string, properties: Readonly<Record<string, unknown>> = {}): void {
    const event = Object.assign(new Event(type), properties);
    const handler: unknown = Reflect.get(this, `on${type}`);
    if (typeof handler === "function") {
      try {
        Reflect.apply(handler, this, [event]);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
    this.dispatchEvent(event);
  }
}
