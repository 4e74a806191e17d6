/** What changes by itself, said to screen readers; at most one message every few seconds. */
import { useEffect, useState } from "react";

const PAUSE_MS = 2500;

let show: ((text: string) => void) | null = null;
let waiting: string | null = null;
let timer: number | null = null;

/** Say it soon. A later message takes the place of one that has not been said. */
export function announce(text: string) {
  waiting = text;
  if (timer === null) speak();
}

function speak() {
  timer = null;
  if (waiting === null) return;
  show?.(waiting);
  waiting = null;
  timer = window.setTimeout(speak, PAUSE_MS);
}

/** The region that messages appear in; the app has one. */
export function Announcer() {
  const [text, setText] = useState("");
  useEffect(() => {
    show = setText;
    return () => {
      show = null;
    };
  }, []);
  return (
    <div role="status" aria-live="polite" className="visually-hidden" data-testid="announcer">
      {text}
    </div>
  );
}
