/** A flag's `filters` document. What these pages do not know of it is kept as it is. */
import type { Schemas } from "../api/client";
import type { Filter } from "../filters/words";

export type Flag = Schemas["FeatureFlagBody"];

export interface Condition {
  properties?: Filter[];
  rollout_percentage?: number | null;
  variant?: string | null;
  aggregation_group_type_index?: number | null;
  [member: string]: unknown;
}

export interface Variant {
  key: string;
  name?: string | null;
  rollout_percentage: number;
  [member: string]: unknown;
}

export interface FlagFilters {
  groups?: Condition[];
  multivariate?: { variants: Variant[]; [member: string]: unknown } | null;
  payloads?: Record<string, string>;
  holdout?: { id: number; exclusion_percentage: number } | null;
  aggregation_group_type_index?: number | null;
  early_exit?: boolean;
  [member: string]: unknown;
}

/** The part of a flag that people change on its page. */
export interface FlagDraft {
  name: string;
  filters: FlagFilters;
}

export const filtersOf = (flag: Flag) => flag.filters as FlagFilters;
export const draftOf = (flag: Flag): FlagDraft => ({ name: flag.name, filters: filtersOf(flag) });
export const variantsOf = (filters: FlagFilters) => filters.multivariate?.variants ?? [];

/** The payload of a flag without variants stands under this name. */
export const ON = "true";

export type FlagKind = "experiment" | "multivariate" | "boolean" | "remote configuration";

export function kindOf(flag: Flag): FlagKind {
  if (flag.experiment_set.length > 0) return "experiment";
  if (flag.is_remote_configuration) return "remote configuration";
  return variantsOf(filtersOf(flag)).length > 0 ? "multivariate" : "boolean";
}
