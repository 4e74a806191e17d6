/** One variant of one metric, in the columns of the results. */
import type { ReactNode } from "react";

import { count, percent } from "../../components/format";
import { IntervalCell } from "../../components/IntervalCell";
import { letterOf, VariantTag } from "../../components/VariantTag";
import { VerdictTag } from "../../components/Verdict";
import type { Variant } from "../page/experiment";
import type { GroupProps } from "./MetricGroup";
import styles from "./Results.module.css";
import { readingOf, type Answer, type Outcome, type Reading, type VariantResult } from "./results";
import {
  boundText,
  chanceText,
  countsText,
  effectOf,
  effectText,
  intervalSentence,
  pText,
  scaleOf,
  valueText,
  wingsOf,
} from "./words";

type Baseline = Answer["baseline"];

function Tag({ name, variants, isBaseline }: { name: string; variants: readonly Variant[]; isBaseline?: boolean }) {
  const index = variants.findIndex((one) => one.key === name);
  const shown = variants[index]?.name ?? name;
  return <VariantTag index={Math.max(0, index)} name={shown} isBaseline={isBaseline} />;
}

function Value({ sums, outcome }: { sums: Baseline | VariantResult; outcome: Outcome }) {
  return (
    <>
      <span className={styles.value}>{valueText(sums.splitplot.value, outcome)}</span>
      <span className={styles.beneath}>{countsText(sums, outcome)}</span>
    </>
  );
}

export function BaselineRow({ sums, outcome, variants }: { sums: Baseline } & Pick<GroupProps, "outcome" | "variants">) {
  return (
    <tr className={styles.variant} data-variant={sums.key}>
      <th scope="row">
        <Tag name={sums.key} variants={variants} isBaseline />
      </th>
      <td data-label="Units" className={styles.number}>
        {count(sums.number_of_samples)}
      </td>
      <td data-label="Value" className={styles.number}>
        <Value sums={sums} outcome={outcome} />
      </td>
      <td colSpan={4} className={styles.none} aria-label="Compared with" />
    </tr>
  );
}

export function TreatmentRow({ sums, outcome, results, variants, domain, view }: { sums: VariantResult } & GroupProps) {
  const reading = readingOf(outcome, sums.key);
  if (!reading) return null;
  const scale = scaleOf(outcome, view.difference);
  const effect = effectOf(reading, scale);
  const wings = wingsOf(reading, scale);
  const index = variants.findIndex((one) => one.key === sums.key);
  const name = variants[index]?.name ?? sums.key;
  return (
    <tr className={styles.variant} data-variant={sums.key}>
      <th scope="row">
        <Tag name={sums.key} variants={variants} />
      </th>
      <td data-label="Units" className={styles.number}>
        {count(sums.number_of_samples)}
      </td>
      <td data-label="Value" className={styles.number}>
        <Value sums={sums} outcome={outcome} />
      </td>
      <td data-label="Effect" className={styles.number}>
        <EffectText reading={reading} outcome={outcome} scale={scale} />
      </td>
      <td data-label="Interval" className={styles.interval}>
        {effect ? (
          <IntervalCell
            label={intervalSentence(`${letterOf(Math.max(0, index))} (${name})`, reading, outcome, {
              scale,
              results,
            })}
            estimate={effect.effect}
            lower={effect.interval[0]}
            upper={effect.interval[1]}
            domain={domain}
            verdict={reading.verdict}
            zone={scale === "relative" ? zoneOf(reading, outcome) : undefined}
            wings={wings ? { lower: wings.interval[0], upper: wings.interval[1] } : undefined}
            isDoubtful={results.doubt !== null}
          />
        ) : (
          <span className={styles.beneath}>{whyNoInterval(reading, sums)}</span>
        )}
      </td>
      <td data-label="Evidence" className={styles.evidence}>
        <Evidence sums={sums} isCompatShown={view.isCompatShown} results={results} />
      </td>
      <td data-label="Verdict">
        <VerdictTag verdict={reading.verdict} />
        {reading.reason && results.doubt === null && (
          <span className={styles.beneath}>{reading.reason.message}</span>
        )}
      </td>
    </tr>
  );
}

function EffectText({ reading, outcome, scale }: { reading: Reading; outcome: Outcome; scale: "relative" | "absolute" }) {
  const shown = effectOf(reading, scale);
  // Where the asked form does not exist, the other one carries the verdict.
  const used = shown ? scale : scale === "relative" ? "absolute" : "relative";
  const effect = shown ?? effectOf(reading, used);
  if (!effect) return <span className={styles.beneath}>–</span>;
  const [lower, upper] = effect.interval.map((bound) => boundText(bound, outcome, used));
  return (
    <>
      <span className={styles.value}>{effectText(effect.effect, outcome, used)}</span>
      <span className={styles.beneath}>
        {lower} to {upper}
      </span>
    </>
  );
}

/** On which side of its limit a guardrail's metric must not be. */
function zoneOf(reading: Reading, outcome: Outcome) {
  const { limit } = reading;
  if (limit === null) return undefined;
  return outcome.goal === "decrease" ? { from: limit, to: null } : { from: null, to: limit };
}

function whyNoInterval(reading: Reading, sums: VariantResult): ReactNode {
  if (reading.reason) return "Too early for an interval";
  return sums.splitplot.relative_reason?.message ?? "No interval on this scale";
}

const COMPATIBLE = "What PostHog’s method says. It decides nothing here.";

interface EvidenceProps {
  sums: VariantResult;
  results: GroupProps["results"];
  isCompatShown: boolean;
}

function Evidence({ sums, results, isCompatShown }: EvidenceProps) {
  const { engine, level } = results;
  const { p_value, adjusted_p_value, family, chance_better, false_positive_risk } = sums.splitplot;
  const isBayesian = sums.method === "bayesian";
  const lines: ReactNode[] = [];
  if (engine !== "posthog") {
    if (isBayesian && chance_better !== null) lines.push(`${chanceText(chance_better)} chance to be better`);
    if (!isBayesian && p_value !== null) {
      // The p-value that goes with the interval stands first.
      lines.push(pText(p_value));
      if (sums.splitplot.approach === "always_valid") lines.push("always valid");
      if (adjusted_p_value !== null && family && family.comparisons > 1) {
        lines.push(`${pText(adjusted_p_value)} adjusted for ${family.comparisons} comparisons`);
        // The verdict is of this metric by itself; among several that may still be luck.
        if (p_value < 1 - level && adjusted_p_value >= 1 - level) {
          lines.push(`not beyond chance among ${family.comparisons} comparisons`);
        }
      }
    }
    if (false_positive_risk !== null) lines.push(`at this level ${percent(false_positive_risk, 0)} of all wins are chance`);
  }
  return (
    <>
      {lines.map((line, place) => (
        <span key={place} className={place === 0 ? styles.first : styles.beneath}>
          {line}
        </span>
      ))}
      {(isCompatShown || engine === "posthog") && (
        <span className={styles.compat} title={COMPATIBLE}>
          PostHog: {compatText(sums)}
        </span>
      )}
    </>
  );
}

export function compatText(sums: VariantResult): string {
  if (sums.method === "bayesian") {
    return sums.chance_to_win === null ? "–" : `${chanceText(sums.chance_to_win)} chance to win`;
  }
  return sums.p_value === null ? "–" : pText(sums.p_value);
}
