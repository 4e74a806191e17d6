/** A flag's rules in plain sentences: for the summary, for differences, for approvals. */
import { number } from "../components/format";
import { filterInWords } from "../filters/words";
import { ON, variantsOf, type Condition, type FlagDraft, type FlagFilters } from "./model";

const share = (percentage: number | null | undefined) => `${number(percentage ?? 100)}%`;

export function conditionInWords(condition: Condition, filters: FlagFilters): string {
  const index = condition.aggregation_group_type_index ?? filters.aggregation_group_type_index;
  const units = index == null ? "persons" : `groups of type ${index}`;
  const asked = (condition.properties ?? []).map(filterInWords).join(" and ");
  const part = isWhole(condition) ? "all" : `${share(condition.rollout_percentage)} of`;
  const where = asked ? ` with ${asked}` : "";
  const what = condition.variant ? `variant ${condition.variant}` : served(filters);
  return `${part} ${units}${where} get ${what}.`;
}

const isWhole = (condition: Condition) => (condition.rollout_percentage ?? 100) === 100;

function served(filters: FlagFilters): string {
  return variantsOf(filters).length > 0 ? "a variant by the split" : "the flag on";
}

/** Every rule, the split and the payloads, a sentence each. */
export function filtersInWords(filters: FlagFilters): string[] {
  const { holdout, groups = [], payloads = {} } = filters;
  const variants = variantsOf(filters);
  const lines: string[] = [];
  if (holdout) {
    lines.push(`First, holdout ${holdout.id} keeps ${share(holdout.exclusion_percentage)} out.`);
  }
  groups.forEach((condition, at) => {
    lines.push(`Rule ${at + 1}: ${conditionInWords(condition, filters)}`);
  });
  const isForAll = groups.some((one) => isWhole(one) && !one.properties?.length);
  if (groups.length === 0) lines.push("Nobody gets the flag: it has no rule.");
  else if (!isForAll) lines.push("Everybody else gets the flag off.");
  if (variants.length) {
    lines.push(`Split: ${variants.map((one) => `${one.key} ${share(one.rollout_percentage)}`).join(", ")}.`);
  }
  for (const [key, payload] of Object.entries(payloads)) {
    lines.push(`Payload of ${key === ON ? "on" : key}: ${String(payload)}`);
  }
  return lines;
}

export function draftInWords(draft: FlagDraft): string[] {
  return [`Description: ${draft.name || "none"}`, ...filtersInWords(draft.filters)];
}

/** What a list says of a flag in a few words. */
export function shareInWords(filters: FlagFilters): string {
  const groups = filters.groups ?? [];
  const first = groups[0];
  if (!first) return "nobody";
  if (groups.length > 1) return `${groups.length} rules`;
  const asked = (first.properties ?? []).length > 0;
  return `${share(first.rollout_percentage)}${asked ? " of some" : ""}`;
}
