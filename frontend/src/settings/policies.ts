import type { Schemas } from "../api/client";

export type Policy = Schemas["PolicyBody"];

export const POLICIES_KEY = ["approval policies"];

export const ACTIONS: Record<string, string> = {
  "feature_flag.enable": "Switching a flag on",
  "feature_flag.disable": "Switching a flag off",
  "feature_flag.update": "Changing a flag's rules",
};

/** When a policy applies, in words. */
export function conditionsOf(policy: Policy): string {
  const { type, field, operator, value } = policy.conditions as Record<string, unknown>;
  if (field === undefined) return "any such change";
  if (type === "any_change") return "when a roll-out share changes";
  const compared = `${String(operator)} ${String(value)}`;
  if (type === "before_after") return `when a roll-out share is ${compared} afterwards`;
  if (type === "change_amount") return `when a roll-out share changes by ${compared}`;
  return "any such change";
}
