/** The three questions of the first screenful: can I trust it, what should I do, how long still? */
import type { ReactNode } from "react";
import { Link } from "wouter";

import { count, percent } from "../../components/format";
import { Skeleton } from "../../components/States";
import type { Results } from "../results/results";
import { earlyLook } from "../results/words";
import { variantsOf, type Experiment, type Variant } from "./experiment";
import { worstFirst } from "./findings";
import type { Health } from "./health";
import styles from "./Header.module.css";

type Look = "fine" | "caution" | "danger" | "neutral";

interface LampProps {
  name: string;
  symbol: string;
  look: Look;
  says: ReactNode;
  /** Why; one line each. */
  reasons?: readonly string[];
  href?: string;
}

function Lamp({ name, symbol, look, says, reasons = [], href }: LampProps) {
  return (
    <section className={`${styles.lamp} ${styles[look]}`} aria-label={name} data-lamp={name}>
      <h2 className={styles.lampName}>{name}</h2>
      <p className={styles.says}>
        <span aria-hidden="true" className={styles.symbol}>
          {symbol}
        </span>
        {href ? <Link href={href}>{says}</Link> : says}
      </p>
      {reasons.length > 0 && (
        <ul className={styles.reasons}>
          {reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
    </section>
  );
}

interface Props {
  experiment: Experiment;
  health: Health | undefined;
  results: Results | undefined;
}

export function Lamps({ experiment, health, results }: Props) {
  return (
    <div className={styles.lamps}>
      {health ? <Trust experiment={experiment} health={health} /> : <Skeleton height={92} />}
      <DecisionLamp experiment={experiment} results={results} />
      <Time experiment={experiment} results={results} />
    </div>
  );
}

const MOST_REASONS = 3;

function Trust({ experiment, health }: { experiment: Experiment; health: Health }) {
  const href = `/experiments/${experiment.id}/health`;
  const warnings = worstFirst(health.findings).filter((one) => one.severity === "warning");
  const [worst] = warnings;
  if (worst) {
    const isBlocking = worst.code === "srm";
    return (
      <Lamp
        name="Trust"
        symbol={isBlocking ? "✕" : "!"}
        look={isBlocking ? "danger" : "caution"}
        says={isBlocking ? "Not to be trusted yet" : `${warnings.length} to look at`}
        reasons={warnings.slice(0, MOST_REASONS).map((one) => one.message)}
        href={href}
      />
    );
  }
  const split = health.exposures?.sample_ratio;
  return (
    <Lamp
      name="Trust"
      symbol={split ? "✓" : "…"}
      look={split ? "fine" : "neutral"}
      says={split ? "No check has failed" : "Too few units to tell"}
      reasons={
        split
          ? ["Units are split as the flag says."]
          : [health.exposures_reason?.message ?? `${count(health.exposures?.total ?? 0)} units were exposed so far.`]
      }
      href={href}
    />
  );
}

function DecisionLamp({ experiment, results }: Omit<Props, "health">) {
  const href = `/experiments/${experiment.id}/results`;
  if (experiment.start_date === null) {
    return <Lamp name="Decision" symbol="–" look="neutral" says="Not launched yet" />;
  }
  if (!results) return <Skeleton height={92} />;
  const { says, symbol, look, reasons } = decisionOf(results, variantsOf(experiment));
  return <Lamp name="Decision" symbol={symbol} look={look} says={says} reasons={reasons} href={href} />;
}

interface Decision {
  says: string;
  symbol: string;
  look: Look;
  reasons: readonly string[];
}

/** What the API's decision says of all treatments together. */
function decisionOf(results: Results, variants: readonly Variant[]): Decision {
  const { decisions, doubt, engine } = results;
  if (doubt) return { says: "Cannot tell", symbol: "?", look: "danger", reasons: [doubt.message] };
  const ready = decisions.filter((one) => one.should_ship);
  if (ready.length > 0) {
    const named = (key: string) => variants.find((one) => one.key === key)?.name ?? key;
    const names = ready.map((one) => named(one.variant)).join(", ");
    const early = earlyLook(results);
    const shown = ready.flatMap((one) => one.checks.filter((check) => check.kind === "success" && check.is_passed));
    return {
      says: `Ready to ship ${names}`,
      symbol: "▲",
      look: early ? "caution" : "fine",
      reasons: [
        ...new Set([...(early ? [early] : []), ...shown.map((check) => check.message)]),
        "Nothing stands in the way.",
      ].slice(0, MOST_REASONS),
    };
  }
  if (decisions.length === 0) {
    const why = engine === "posthog" ? "This experiment shows compatible figures alone." : "Nothing can be judged yet.";
    return { says: "No recommendation", symbol: "–", look: "neutral", reasons: [why] };
  }
  const isHarm = decisions.every((one) => one.blocking.some((check) => check.kind === "deterioration"));
  const reasons = [...new Set(decisions.flatMap((one) => one.blocking.map((check) => check.message)))];
  return {
    says: isHarm ? "Stop: it does harm" : "Keep running",
    symbol: isHarm ? "▼" : "…",
    look: isHarm ? "danger" : "neutral",
    reasons: reasons.slice(0, MOST_REASONS),
  };
}

function Time({ experiment, results }: Omit<Props, "health">) {
  if (experiment.start_date === null) {
    return <Lamp name="Time" symbol="–" look="neutral" says="Not launched yet" />;
  }
  if (!results) return <Skeleton height={92} />;
  const { progress } = results;
  if (!progress) return null;
  const units = `${count(progress.units)} units in ${daysText(Math.round(progress.days))}`;
  if (progress.share === null) {
    const why = "No size was planned: name the smallest effect worth finding in Setup.";
    return <Lamp name="Time" symbol="–" look="neutral" says={units} reasons={[why]} />;
  }
  const isReached = progress.share >= 1;
  const left =
    progress.days_left === null
      ? "nobody can tell how long still"
      : `about ${daysText(progress.days_left)} left at this pace`;
  return (
    <section className={`${styles.lamp} ${styles.neutral}`} aria-label="Time" data-lamp="Time">
      <h2 className={styles.lampName}>Time</h2>
      <p className={styles.says}>
        <span aria-hidden="true" className={styles.symbol}>
          {isReached ? "✓" : "◔"}
        </span>
        {isReached ? "The planned size is reached" : `${percent(progress.share, 0)} of the planned units`}
      </p>
      <progress className={styles.progress} max={1} value={progress.share} aria-label="Planned units there are" />
      <ul className={styles.reasons}>
        <li>
          {count(progress.units)} of {count(progress.planned_units)}
          {isReached || experiment.end_date ? "" : `; ${left}`}
        </li>
      </ul>
    </section>
  );
}

const daysText = (days: number) =>
  days === 0 ? "less than a day" : `${count(days)} ${days === 1 ? "day" : "days"}`;
