/** Whether the server answers and still knows us, as the latest request found out. */
import { useSyncExternalStore } from "react";

type Connection = "fine" | "lost" | "signed_out";

let current: Connection = "fine";
const watchers = new Set<() => void>();

export function report(found: Connection) {
  // Who is not signed in any more learns nothing new by what needs no session.
  if (found === current || (current === "signed_out" && found === "fine")) return;
  current = found;
  for (const tell of watchers) tell();
}

/** Somebody has signed in again. */
export function signedInAgain() {
  current = "fine";
  for (const tell of watchers) tell();
}

export function useConnection(): Connection {
  return useSyncExternalStore(
    (tell) => {
      watchers.add(tell);
      return () => watchers.delete(tell);
    },
    () => current,
  );
}
