/** Keys that do something on a page. None of them works inside a field, a menu or a dialog. */
import { useEffect, useRef, useSyncExternalStore } from "react";

import { readPreferences } from "./preferences";

export interface Shortcut {
  /** One character, or two after one another with a space between: `g e`. */
  keys: string;
  /** What the help says of it. */
  says: string;
}

interface Registered extends Shortcut {
  act: () => void;
}

let registered: readonly Registered[] = [];
const watchers = new Set<() => void>();

function change(next: readonly Registered[]) {
  registered = next;
  for (const tell of watchers) tell();
}

/** While the component is shown, the keys do this; the latest of several with the same keys wins. */
export function useShortcut(keys: string, says: string, act: () => void, isOn = true) {
  const latest = useRef(act);
  useEffect(() => {
    latest.current = act;
  });
  useEffect(() => {
    if (!isOn) return;
    const mine: Registered = { keys, says, act: () => latest.current() };
    change([...registered, mine]);
    return () => change(registered.filter((one) => one !== mine));
  }, [keys, says, isOn]);
}

/** Every shortcut that works now, each once. */
export function useShortcuts(): readonly Shortcut[] {
  const all = useSyncExternalStore(
    (tell) => {
      watchers.add(tell);
      return () => watchers.delete(tell);
    },
    () => registered,
  );
  return [...new Map(all.map((one) => [one.keys, one])).values()];
}

const FIRST_KEY_HOLDS_MS = 1200;
const TYPING = "input, textarea, select, [contenteditable], [role=menu], [role=listbox]";
const IN_THE_WAY = "[role=dialog], [role=alertdialog]";

/** Listens for all shortcuts; the shell does this once. */
export function useShortcutKeys() {
  useEffect(() => {
    let first = { key: "", at: 0 };
    const onKey = (event: KeyboardEvent) => {
      if (!isForUs(event)) return;
      const sequence = event.timeStamp - first.at < FIRST_KEY_HOLDS_MS ? `${first.key} ` : "";
      first = { key: event.key, at: event.timeStamp };
      const found = last(sequence + event.key) ?? last(event.key);
      if (!found) return;
      event.preventDefault();
      first = { key: "", at: 0 };
      found.act();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}

function isForUs(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return false;
  if (event.key.length !== 1 || !readPreferences().letters) return false;
  if (document.querySelector(IN_THE_WAY)) return false;
  return !(event.target instanceof Element && event.target.closest(TYPING));
}

function last(keys: string): Registered | undefined {
  return registered.findLast((one) => one.keys === keys);
}
