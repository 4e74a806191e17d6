/** What can be wrong with an experiment: its name, usual cause and next step. */
import type { Finding } from "./health";

type Code = Finding["code"];

interface Help {
  title: string;
  cause: string;
  step: string;
  /** Where the next step is taken. */
  goTo: "setup" | "flag" | "end" | null;
}

export const HELP: Record<Code, Help> = {
  srm: {
    title: "The split does not hold",
    cause:
      "Most often one variant is reported less: it redirects or fails before its exposure is sent, is cached, or is shown on a page on which only one variant reports.",
    step: "Compare where each variant sends its exposures, repair it, then reset the experiment or count from a new launch.",
    goTo: "flag",
  },
  zero_exposures: {
    title: "Nobody was exposed",
    cause:
      "The flag is not evaluated where the experiment runs, the SDK does not send its exposure event, or the release conditions let nobody in.",
    step: "Open the flag's playground with a person of yours, and watch the live events for $feature_flag_called.",
    goTo: "flag",
  },
  bias_risk_multiple_excluded: {
    title: "Units saw several variants",
    cause: "Persons are identified only after the flag was evaluated, or the split was changed while running.",
    step: "Keep the variant across login (experience continuity), or count the variant that was seen first.",
    goTo: "setup",
  },
  forced_variant_release_condition: {
    title: "Release conditions fix a variant",
    cause: "A release condition of the flag gives its units one variant instead of drawing one.",
    step: "Remove the fixed variant from the condition, or leave those units out of the analysis.",
    goTo: "flag",
  },
  flag_off_while_running: {
    title: "The flag is off",
    cause: "Somebody switched the flag off, or its release conditions let in 0%.",
    step: "Switch it on, or pause or end the experiment.",
    goTo: "flag",
  },
  variant_shipped_while_running: {
    title: "One variant goes to everybody",
    cause: "The flag gives one variant to all units, so nothing is compared any more.",
    step: "End the experiment, or restore the split.",
    goTo: "end",
  },
  flag_live_after_end: {
    title: "The flag still splits",
    cause: "The experiment has ended, but units still get different variants.",
    step: "Ship one variant, or switch the flag off.",
    goTo: "end",
  },
  flag_live_before_launch: {
    title: "The flag serves variants before the launch",
    cause: "The flag was on before the experiment. Exposures before the launch do not count.",
    step: "Switch the flag off until the launch if nobody should see the variants yet.",
    goTo: "flag",
  },
  no_metric: {
    title: "Nothing is measured",
    cause: "The experiment has no metric.",
    step: "Add a metric. Events since the launch count.",
    goTo: "setup",
  },
};

const RANK: Record<Finding["severity"], number> = { warning: 0, info: 1 };

/** A split that does not hold comes before everything else: it makes all results doubtful. */
export function worstFirst(findings: readonly Finding[]): Finding[] {
  const rank = (one: Finding) => (one.code === "srm" ? -1 : RANK[one.severity]);
  return [...findings].sort((one, other) => rank(one) - rank(other));
}
