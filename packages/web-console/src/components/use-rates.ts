/** Rates of totals for one component: they begin when it is first drawn. */
import { useState } from "react";
import { Rates } from "../model/rates.ts";

export function useRates(): Rates {
  const [rates] = useState(() => new Rates());
  return rates;
}
