/** Numbers of results as text, and the sentences that say them. */
import { change, count, NOTHING, number, percent } from "../../components/format";
import { VERDICTS } from "../../components/Verdict";
import type { MetricType } from "../../metrics/document";
import type { Effect, Outcome, Reading, Results } from "./results";
import type { Difference } from "./view";

const SHARES: readonly MetricType[] = ["funnel", "retention"];

export const typeOf = (outcome: Outcome) => outcome.metric["metric_type"] as MetricType;

/** Whether the metric's unit is a share of the units, shown as a percentage. */
export const isShare = (outcome: Outcome) =>
  SHARES.includes(typeOf(outcome)) || outcome.metric["threshold"] != null;

export function valueText(value: number | null | undefined, outcome: Outcome): string {
  return isShare(outcome) ? percent(value, 2) : number(value);
}

const signed = new Intl.NumberFormat(undefined, {
  maximumSignificantDigits: 3,
  signDisplay: "exceptZero",
});
const points = new Intl.NumberFormat(undefined, {
  style: "percent",
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
  signDisplay: "exceptZero",
});

/** An effect or a bound of one, always with its sign. */
export function effectText(value: number | null, outcome: Outcome, scale: Difference): string {
  if (value === null) return NOTHING;
  if (scale === "relative") return change(value);
  return isShare(outcome) ? `${points.format(value)} points` : signed.format(value);
}

/** Raw sums beneath the value. */
export function countsText(
  sums: { sum: number | null; number_of_samples: number; denominator_sum?: number | null },
  outcome: Outcome,
): string {
  switch (typeOf(outcome)) {
    case "funnel":
    case "retention":
      return `${number(sums.sum)} of ${count(sums.number_of_samples)}`;
    case "ratio":
      return `${number(sums.sum)} ÷ ${number(sums.denominator_sum)}`;
    default:
      return `${number(sums.sum)} in all`;
  }
}

/** Guardrails' margins are shares of the baseline, so their intervals are shown as such. */
export function scaleOf(outcome: Outcome, asked: Difference): Difference {
  return outcome.role === "guardrail" ? "relative" : asked;
}

export const effectOf = (reading: Reading, scale: Difference): Effect | null =>
  scale === "relative" ? reading.relative : reading.absolute;

export const wingsOf = (reading: Reading, scale: Difference): Effect | null =>
  scale === "relative" ? reading.relative_wings : reading.absolute_wings;

/** The same for axes and bounds, whose unit stands beside them. */
export const boundText = (value: number | null, outcome: Outcome, scale: Difference) =>
  effectText(value, outcome, scale).replace(" points", "");

/** What the interval's picture shows, for those who do not see it. */
export function intervalSentence(
  name: string,
  reading: Reading,
  outcome: Outcome,
  { scale, results }: { scale: Difference; results: Results },
): string {
  const effect = effectOf(reading, scale);
  const verdict = VERDICTS[reading.verdict].word.toLowerCase();
  if (!effect) return `${name}: ${verdict}.`;
  const [lower, upper] = effect.interval.map((bound) => effectText(bound, outcome, scale));
  const limit =
    reading.limit === null || scale === "absolute"
      ? ""
      : `; must not pass ${effectText(reading.limit, outcome, scale)}`;
  return (
    `${name}: ${effectText(effect.effect, outcome, scale)}, ` +
    `${percent(results.level, 0)} interval ${lower} to ${upper}${limit}, ${verdict}.`
  );
}

const METHODS: Record<string, string> = {
  posterior: "Bayesian, no prior knowledge",
  welch: "Welch’s t, for one look",
  always_valid: "always valid, however often one looks",
  exact: "exact, for small counts",
};

/** What most of the results were judged by; small counts of a share have their own way. */
function usualApproach(results: Results): string | undefined {
  return results.metrics
    .flatMap((one) => one.result?.variant_results ?? [])
    .map((one) => one.splitplot.approach)
    .find((one) => one !== null && one !== "exact") ?? undefined;
}

/** Why to be wary of a good result now; `null` at the planned size, or where looking is free. */
export function earlyLook(results: Results): string | null {
  const share = results.progress?.share ?? null;
  if (share === null || share >= 1 || usualApproach(results) === "always_valid") return null;
  return `Early: ${percent(share, 0)} of the planned units, and this method is right for one look at the planned size.`;
}

/** The method in use, as one of its results tells it. */
export function methodText(results: Results): string {
  const level = percent(results.level, 0);
  if (results.engine === "posthog") return `${level}, PostHog’s figures alone (${results.method})`;
  const usual = usualApproach(results);
  return `${level}, ${(usual && METHODS[usual]) ?? results.method}`;
}

/** What stands beside the thick bars. */
export function wingsMeaning(results: Results): string {
  return usualApproach(results) === "always_valid"
    ? "Thin line below: what a single look at the planned end would say, for information."
    : "Thin line below: the interval that stays right however often you look, for information.";
}

export function intervalMeaning(results: Results): string {
  const level = percent(results.level, 0);
  return results.method === "bayesian"
    ? `The effect lies inside the interval with a probability of ${level}.`
    : `Of experiments like this one, ${level} have the true effect inside their interval.`;
}

const digits = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 2 });

/** A chance as a percentage; one that is not certain is never said to be. */
export function chanceText(value: number): string {
  if (value > 0.999) return `> ${percent(0.999)}`;
  return value < 0.001 ? `< ${percent(0.001)}` : percent(value);
}

export function pText(value: number): string {
  return value < 0.0001 ? "p < 0.0001" : `p = ${digits.format(value)}`;
}
