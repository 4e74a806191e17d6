/** What a key can be allowed, as `accounts/access.py` lists it. */
export const SCOPE_OBJECTS = [
  "action",
  "activity_log",
  "approvals",
  "cohort",
  "experiment",
  "experiment_holdout",
  "experiment_saved_metric",
  "feature_flag",
  "organization",
  "person",
  "personal_api_key",
  "project",
  "query",
  "user",
  "warehouse_table",
] as const;

export const EVERYTHING = "*";

export type Grant = "none" | "read" | "write";

/** Whoever may write may read. */
export function scopesOf(grants: ReadonlyMap<string, Grant>): string[] {
  return SCOPE_OBJECTS.flatMap((name) => {
    const grant = grants.get(name) ?? "none";
    if (grant === "none") return [];
    return grant === "read" ? [`${name}:read`] : [`${name}:read`, `${name}:write`];
  });
}

export function shownScopes(scopes: readonly string[]): string {
  if (scopes.includes(EVERYTHING)) return "Everything";
  const written = new Set(scopes.filter((one) => one.endsWith(":write")).map(nameIn));
  const read = scopes.map(nameIn).filter((name) => !written.has(name));
  return [...[...written].map((name) => `${name} (write)`), ...new Set(read)]
    .join(", ")
    .replaceAll("_", " ");
}

const nameIn = (scope: string) => scope.split(":")[0] ?? scope;
