/** Property filters in words, as the API knows them. */

export interface Filter {
  key: string;
  type?: string | null;
  operator?: string | null;
  value?: unknown;
  [member: string]: unknown;
}

export const OPERATORS: Record<string, string> = {
  exact: "is",
  is_not: "is not",
  is_set: "is set",
  is_not_set: "is not set",
  icontains: "contains",
  not_icontains: "does not contain",
  starts_with: "starts with",
  not_starts_with: "does not start with",
  ends_with: "ends with",
  not_ends_with: "does not end with",
  icontains_multi: "contains one of",
  not_icontains_multi: "contains none of",
  regex: "matches the pattern",
  not_regex: "does not match the pattern",
  gt: "is greater than",
  gte: "is at least",
  lt: "is less than",
  lte: "is at most",
  between: "is between",
  not_between: "is not between",
  is_date_exact: "is on the day",
  is_date_before: "is before",
  is_date_after: "is after",
  semver_eq: "is version",
  semver_neq: "is not version",
  semver_gt: "is a version above",
  semver_gte: "is at least version",
  semver_lt: "is a version below",
  semver_lte: "is at most version",
  semver_tilde: "is a patch of version",
  semver_caret: "is compatible with version",
  semver_wildcard: "is a version like",
};

/** Operators whose value is a list of alternatives. */
export const OF_MANY = ["exact", "is_not", "icontains_multi", "not_icontains_multi"];
export const OF_TWO = ["between", "not_between"];
export const OF_NONE = ["is_set", "is_not_set"];

/** Whether a filter says all that it has to. */
export function isComplete(filter: Filter): boolean {
  if (!filter.key) return false;
  if (OF_NONE.includes(filter.operator ?? "exact")) return true;
  const { value } = filter;
  return Array.isArray(value) ? value.length > 0 : value !== null && value !== undefined && value !== "";
}

const quoted = (value: unknown) => `“${typeof value === "string" ? value : JSON.stringify(value)}”`;

export function valueInWords(value: unknown, operator?: string | null): string {
  if (Array.isArray(value)) {
    const joint = OF_TWO.includes(operator ?? "") ? " and " : " or ";
    return value.map(quoted).join(joint) || "…";
  }
  return value === undefined || value === null || value === "" ? "…" : quoted(value);
}

export function filterInWords(filter: Filter): string {
  const operator = filter.operator ?? "exact";
  switch (filter.type) {
    case "cohort":
      return `${operator === "not_in" ? "not " : ""}in cohort ${String(filter.value ?? "…")}`;
    case "flag": {
      const isOff = filter.value === false;
      const what = typeof filter.value === "string" ? quoted(filter.value) : isOff ? "off" : "on";
      return `flag ${filter.key || "…"} is ${what}`;
    }
    default: {
      const whose = filter.type === "group" ? "group’s " : "";
      const says = OPERATORS[operator] ?? operator;
      const value = OF_NONE.includes(operator) ? "" : ` ${valueInWords(filter.value, operator)}`;
      return `${whose}${filter.key || "…"} ${says}${value}`;
    }
  }
}
