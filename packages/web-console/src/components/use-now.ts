/** The page's clock, for what is told in seconds: a component that uses it is drawn twice a second. */
import { useEffect, useState } from "react";

const TICK_MS = 500;

/** Milliseconds since 1970. */
export function useNow(): number {
  const [nowMs, setNowMs] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return nowMs;
}
