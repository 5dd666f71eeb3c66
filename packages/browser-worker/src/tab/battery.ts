/** Tells whether the device runs on its battery, in browsers that know. */

/** What Chromium gives; others have none. */
interface BatteryManager extends EventTarget {
  readonly charging: boolean;
}

interface WithBattery extends Partial<Pick<Navigator, "userAgent">> {
  getBattery?(): Promise<BatteryManager>;
}

/** Calls back now and at each change, until `signal` is aborted; never where the browser does not tell. */
export async function watchBattery(
  navigator: WithBattery,
  signal: AbortSignal,
  onBattery: (on: boolean) => void,
): Promise<void> {
  const battery = await navigator.getBattery?.().catch(() => undefined);
  if (battery === undefined || signal.aborted) return;
  const tell = (): void => onBattery(!battery.charging);
  battery.addEventListener("chargingchange", tell, { signal });
  tell();
}
