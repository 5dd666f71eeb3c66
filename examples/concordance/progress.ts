/** Shows how far the job is: a bar on a terminal, a plain line every now and then elsewhere. */
import { type WriteStream } from "node:tty";
import cliProgress from "cli-progress";
import { size } from "./report.ts";

/** Away from a terminal a line is printed when this share of the work is done. */
const PLAIN_STEP_SHARE = 0.1;

export interface State {
  readonly files: number;
  readonly bytes: number;
  readonly serversBusy: number;
  readonly servers: number;
}

export interface Progress {
  update(state: State): void;
  /** Prints a line beside the bar. */
  say(line: string): void;
  stop(): void;
}

/** A progress display of `totalFiles` files, on `output` (standard error). */
export function showProgress(totalFiles: number, output: WriteStream): Progress {
  const startMs = performance.now();
  const rate = (bytes: number): string => `${size((1000 * bytes) / Math.max(1, performance.now() - startMs))}/s`;
  return output.isTTY ? bar(totalFiles, output, rate) : plain(totalFiles, output, rate);
}

function bar(totalFiles: number, output: WriteStream, rate: (bytes: number) => string): Progress {
  const shown = new cliProgress.SingleBar(
    {
      format: "  {bar} {percentage} %  {value}/{total} files  {rate}  {busy} servers busy",
      stream: output,
      hideCursor: true,
      clearOnComplete: true,
      noTTYOutput: false,
    },
    cliProgress.Presets.shades_classic,
  );
  const words = (state: State): { rate: string; busy: string } => ({
    rate: rate(state.bytes),
    busy: `${state.serversBusy}/${state.servers}`,
  });
  shown.start(totalFiles, 0, { rate: "", busy: "0" });
  return {
    update: (state) => shown.update(state.files, words(state)),
    say(line) {
      output.clearLine(0);
      output.cursorTo(0);
      output.write(`  ${line}\n`);
    },
    stop: () => shown.stop(),
  };
}

function plain(totalFiles: number, output: WriteStream, rate: (bytes: number) => string): Progress {
  let saidShare = 0;
  return {
    update(state) {
      const share = totalFiles === 0 ? 1 : state.files / totalFiles;
      if (share < saidShare + PLAIN_STEP_SHARE) return;
      saidShare = share;
      const busy = `${state.serversBusy}/${state.servers} servers busy`;
      output.write(
        `  ${(100 * share).toFixed(0)} %  ${state.files}/${totalFiles} files  ${rate(state.bytes)}  ${busy}\n`,
      );
    },
    say: (line) => output.write(`  ${line}\n`),
    stop: () => {},
  };
}
