/** Lets vitest's browser mode use an engine that can do no more than open a page. */
import { defineBrowserProvider } from "@vitest/browser";
import { type BrowserProvider, type BrowserProviderOption, type TestProject } from "vitest/node";

declare module "vitest/browser" {
  interface BrowserCommands {
    __vitest_viewport(size: Size): Promise<void>;
  }
}

/** A started browser with one page. */
export interface Engine {
  open(url: string): Promise<void>;
  /** Makes the page this large, in CSS pixels. */
  resize(width: number, height: number): Promise<void>;
  /** Ends the browser and what was started for it; may be called twice. */
  close(): Promise<void>;
}

/** A provider that starts the engine when the first test file wants a page. Tests need a page only, so there is no mocking of modules and no `userEvent`. */
export function engineProvider(name: string, launch: () => Promise<Engine>): BrowserProviderOption {
  return defineBrowserProvider({
    name,
    supportedBrowser: [name],
    providerFactory: (project) => new EngineProvider(name, launch, project),
  });
}

interface Size {
  readonly width: number;
  readonly height: number;
}

class EngineProvider implements BrowserProvider {
  readonly name: string;
  readonly supportsParallelism = false;
  readonly #launch: () => Promise<Engine>;
  #engine: Promise<Engine> | undefined;
  #size: Size | undefined;

  constructor(name: string, launch: () => Promise<Engine>, project: TestProject) {
    this.name = name;
    this.#launch = launch;
    // Vitest asks every provider for this one, before each file: a window that has that size is left as it is.
    project.browser?.registerCommand("__vitest_viewport", async (_context, size) => {
      const engine = await this.#engine;
      if (engine === undefined || (size.width === this.#size?.width && size.height === this.#size.height)) return;
      await engine.resize(size.width, size.height);
      this.#size = size;
    });
  }

  async openPage(_sessionId: string, url: string): Promise<void> {
    this.#engine ??= this.#launch();
    const engine = await this.#engine;
    await engine.open(url);
  }

  getCommandsContext(): Record<string, unknown> {
    return {};
  }

  async close(): Promise<void> {
    const engine = this.#engine;
    this.#engine = undefined;
    this.#size = undefined;
    if (engine === undefined) return;
    const started = await engine.catch(() => undefined); // openPage has thrown this error
    await started?.close();
  }
}
