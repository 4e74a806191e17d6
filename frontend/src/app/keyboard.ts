/** What keys do on every page. */
import { useEffect } from "react";
import { useLocation } from "wouter";

import { say } from "../components/Toasts";
import { prefer, readPreferences, type Density } from "../components/preferences";
import { useShortcut } from "../components/shortcuts";
import { SECTIONS } from "./sections";

const DENSITIES: readonly Density[] = ["comfortable", "normal", "compact"];

export function useShellShortcuts(showHelp: () => void, showPalette: () => void) {
  const [, go] = useLocation();
  for (const { letter, label, href } of SECTIONS) {
    // The list never changes, so neither does the order of hooks.
    useShortcut(`g ${letter}`, `Go to ${label}`, () => go(href));
  }
  useShortcut("?", "Show this help", showHelp);
  useShortcut("/", "Search on this page, or everywhere", () => {
    const field = document.querySelector<HTMLElement>("main input[type=search]");
    if (field) field.focus();
    else showPalette();
  });
  useShortcut("n", "New experiment", () => go("/experiments/new"));
  useShortcut("j", "Next row", () => step(1));
  useShortcut("k", "Previous row", () => step(-1));
  useShortcut("]", "Next tab", () => turn(1));
  useShortcut("[", "Previous tab", () => turn(-1));
  useShortcut(".", "Change density", nextDensity);
  useShortcut("y", "Copy the link to this view", copyLink);
}

/** Ctrl+K, or Cmd+K, works everywhere, fields included. */
export function useCommandKey(toggle: () => void) {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
      if (event.altKey || event.shiftKey) return;
      event.preventDefault();
      toggle();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  });
}

/** Moves the focus among what opens the rows of the page's tables. */
function step(by: number) {
  const rows = document.querySelectorAll<HTMLElement>("main tbody th a, main tbody th button");
  beside([...rows], document.activeElement, by)?.focus();
}

const PRESENT_TAB = "main nav [aria-current=page], main [role=tab][aria-selected=true]";

function turn(by: number) {
  const here = document.querySelector(PRESENT_TAB);
  const tabs = here?.closest("nav, [role=tablist]")?.querySelectorAll<HTMLElement>("a, [role=tab]");
  beside([...(tabs ?? [])], here, by)?.click();
}

/** The one after or before another, or the first or last where that is none of them. */
function beside(all: readonly HTMLElement[], here: Element | null, by: number) {
  const at = all.findIndex((one) => one === here);
  if (at < 0) return by > 0 ? all[0] : all.at(-1);
  return all[Math.min(Math.max(at + by, 0), all.length - 1)];
}

function nextDensity() {
  const at = DENSITIES.indexOf(readPreferences().density);
  const density = DENSITIES[(at + 1) % DENSITIES.length] ?? "normal";
  prefer({ density });
  say(`Density: ${density}.`);
}

async function copyLink() {
  try {
    await navigator.clipboard.writeText(window.location.href);
    say("Copied the link to this view.");
  } catch {
    say("The browser did not allow copying.");
  }
}
