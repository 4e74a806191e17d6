/** What time it is by the server, whose moments the pages show: the reader's clock may be days off. */

// Answers travel for a moment, and their header counts whole seconds.
const UNNOTICED_MS = 5_000;

let aheadMs = 0;

/** Compare the clocks by an answer that has just arrived. */
export function readClock(answer: Response) {
  const sent = Date.parse(answer.headers.get("Date") ?? "");
  if (Number.isNaN(sent)) return;
  const found = sent - Date.now();
  aheadMs = Math.abs(found) > UNNOTICED_MS ? found : 0;
}

/** In milliseconds, as `Date.now()`. */
export const now = () => Date.now() + aheadMs;
