/** What a reader chose for this browser; kept in it, and shown by attributes of the page. */
import { useSyncExternalStore } from "react";

export type Theme = "system" | "light" | "dark" | "contrast";
export type Density = "comfortable" | "normal" | "compact";

export interface Preferences {
  theme: Theme;
  density: Density;
  /** Whether single letters do something. */
  letters: boolean;
  /** Whether the rail shows symbols alone. */
  isRailNarrow: boolean;
}

const DEFAULTS: Preferences = {
  theme: "system",
  density: "normal",
  letters: true,
  isRailNarrow: false,
};
const PREFIX = "splitplot.";

let current: Preferences | null = null;
const watchers = new Set<() => void>();

export function readPreferences(): Preferences {
  current ??= {
    theme: kept("theme", ["system", "light", "dark", "contrast"]),
    density: kept("density", ["comfortable", "normal", "compact"]),
    letters: kept("letters", ["true", "false"]) !== "false",
    isRailNarrow: kept("isRailNarrow", ["false", "true"]) === "true",
  };
  return current;
}

export function usePreferences(): Preferences {
  return useSyncExternalStore((tell) => {
    watchers.add(tell);
    return () => watchers.delete(tell);
  }, readPreferences);
}

export function prefer(chosen: Partial<Preferences>) {
  current = { ...readPreferences(), ...chosen };
  for (const [name, value] of Object.entries(chosen)) keep(name, String(value));
  // `public/theme.js` does the same before the first paint.
  const { theme, density } = current;
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  document.documentElement.dataset.density = density;
  for (const tell of watchers) tell();
}

function kept<V extends string>(name: keyof Preferences, allowed: readonly V[]): V {
  let found: string | null = null;
  try {
    found = localStorage.getItem(PREFIX + name);
  } catch {
    // Storage may be forbidden; then nothing is remembered.
  }
  const fallback = String(DEFAULTS[name]) as V;
  return allowed.find((one) => one === found) ?? fallback;
}

function keep(name: string, value: string) {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // As above.
  }
}
