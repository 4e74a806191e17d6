/** How the results are looked at: everything of it stands in the address. */
import { useSearchParams } from "wouter";

export type Difference = "relative" | "absolute";
export type Density = "comfortable" | "compact";

export interface View {
  /** Compared with in place of the experiment's own baseline. */
  baseline: string | null;
  difference: Difference;
  /** A property of the exposure that divides the units. */
  breakdown: string | null;
  density: Density;
  /** Whether the compatible figures stand beside ours. */
  isCompatShown: boolean;
}

type Change = Partial<View>;

export function useView(): [View, (change: Change) => void] {
  const [search, setSearch] = useSearchParams();
  const view: View = {
    baseline: search.get("baseline"),
    difference: search.get("difference") === "absolute" ? "absolute" : "relative",
    breakdown: search.get("breakdown"),
    density: search.get("density") === "compact" ? "compact" : "comfortable",
    isCompatShown: search.get("compatible") !== "hidden",
  };
  const change = (asked: Change) => setSearch(parametersOf({ ...view, ...asked }), { replace: true });
  return [view, change];
}

/** Only what differs from the ordinary, so that addresses stay short. */
export function parametersOf(view: View): URLSearchParams {
  const search = new URLSearchParams();
  if (view.baseline) search.set("baseline", view.baseline);
  if (view.difference === "absolute") search.set("difference", "absolute");
  if (view.breakdown) search.set("breakdown", view.breakdown);
  if (view.density === "compact") search.set("density", "compact");
  if (!view.isCompatShown) search.set("compatible", "hidden");
  return search;
}
