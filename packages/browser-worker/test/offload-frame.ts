/** The page in the frame of a test: offloads under its content security policy and tells its parent what came. */
import { isSkeinError, offload } from "@skein/browser-worker";

async function answer(): Promise<object> {
  try {
    return { value: await offload((x: number) => x * 2, [21]) };
  } catch (error) {
    return { code: isSkeinError(error) ? error.code : String(error) };
  }
}

function evalWorks(): boolean {
  try {
    // oxlint-disable-next-line no-eval -- whether the policy forbids it is the question
    return (0, eval)("true") === true;
  } catch {
    return false;
  }
}

parent.postMessage({ ...(await answer()), evalWorks: evalWorks() }, "*");
