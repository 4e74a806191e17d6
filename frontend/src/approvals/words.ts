/** What a change request is about, as lines that can be compared. */
import { number } from "../components/format";
import { draftInWords } from "../flags/describe";
import type { Flag, FlagFilters } from "../flags/model";

type State = Record<string, unknown>;

/** What of the flag needs the approval, in words; the places are those of the flag's document. */
export function linesOf(state: State): string[] {
  return Object.entries(state).flatMap(([place, value]) => lineOf(place, value));
}

const RULE = /^filters\.groups\[(\d+)\]\.rollout_percentage$/;
const VARIANT = /^filters\.multivariate\.variants\[(.*)\]\.rollout_percentage$/;

function lineOf(place: string, value: unknown): string[] {
  if (value === null || value === undefined) return [];
  if (place === "active") return [value ? "The flag is on." : "The flag is off: nobody gets it."];
  const rule = RULE.exec(place);
  if (rule) return [`Rule ${Number(rule[1]) + 1} lets in ${number(Number(value))}%.`];
  const variant = VARIANT.exec(place);
  if (variant) return [`Variant ${variant[1]} gets ${number(Number(value))}%.`];
  return [`${place}: ${typeof value === "string" ? value : JSON.stringify(value)}`];
}

/** All of a flag that a change can be about. */
export function flagInWords(flag: Flag): string[] {
  const lines = draftInWords({ name: flag.name, filters: flag.filters as FlagFilters });
  return [...lineOf("active", flag.active), ...lines, ...(flag.deleted ? ["The flag is deleted."] : [])];
}
