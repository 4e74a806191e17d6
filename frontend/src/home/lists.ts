/** Which list of the home page an experiment stands in: the first that fits. */
import type { Schemas } from "../api/client";

export type Experiment = Schemas["ExperimentBody"];
export type Standing = Schemas["StandingBody"];

export interface Row {
  experiment: Experiment;
  standing: Standing | undefined;
  /** Why it stands where it stands. */
  reasons: readonly string[];
}

export interface Lists {
  act: readonly Row[];
  decide: readonly Row[];
  running: readonly Row[];
}

export function listsOf(
  experiments: readonly Experiment[],
  standings: ReadonlyMap<number, Standing> | undefined,
): Lists {
  const lists = { act: [] as Row[], decide: [] as Row[], running: [] as Row[] };
  for (const experiment of experiments) {
    const standing = standings?.get(experiment.id);
    const alarms = alarmsOf(standing);
    const decisions = decisionsOf(standing);
    if (alarms.length > 0) lists.act.push({ experiment, standing, reasons: alarms });
    else if (decisions.length > 0) lists.decide.push({ experiment, standing, reasons: decisions });
    else lists.running.push({ experiment, standing, reasons: [] });
  }
  return lists;
}

function alarmsOf(standing: Standing | undefined): string[] {
  if (!standing) return [];
  const found = standing.findings
    .filter((finding) => finding.severity === "warning")
    .map((finding) => finding.message);
  const { breached } = standing.guardrails;
  if (breached > 0) {
    found.unshift(breached === 1 ? "A guardrail is breached." : `${breached} guardrails are breached.`);
  }
  return found;
}

function decisionsOf(standing: Standing | undefined): string[] {
  if (!standing) return [];
  const found = standing.ready_to_ship.map((variant) => `Ready to ship “${variant}”.`);
  if (standing.days_left === 0) found.push("The planned number of units is reached.");
  return found;
}
