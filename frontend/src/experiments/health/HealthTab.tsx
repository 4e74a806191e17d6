/** The tab *Health*: what is wrong, worst first, each with its cause and the next step. */
import { Link } from "wouter";

import { Badge } from "../../components/Badge";
import { Button } from "../../components/Button";
import { count, number, percent, since } from "../../components/format";
import { Panel } from "../../components/Page";
import { ErrorState, Skeleton } from "../../components/States";
import type { Experiment } from "../page/experiment";
import { HELP, worstFirst } from "../page/findings";
import { MULTIPLE, useHealth, type Finding, type Health } from "../page/health";
import { pText } from "../results/words";
import { ExposuresChart } from "./ExposuresChart";
import styles from "./Health.module.css";
import { SplitCard } from "./SplitCard";

export default function HealthTab({ experiment }: { experiment: Experiment }) {
  const health = useHealth(experiment.id);
  if (health.error) {
    return (
      <ErrorState
        error={health.error}
        onRetry={() => void health.refetch()}
        reassurance="Assignments continue; only the checks failed."
      />
    );
  }
  if (!health.data) return <Skeleton height={320} />;
  const { findings, exposures, exposures_reason: reason, checked_at: at } = health.data;
  const isSplitBad = exposures?.sample_ratio?.is_mismatch === true;
  const split = exposures && (
    <SplitCard experiment={experiment} exposures={exposures}>
      {findings
        .filter((one) => one.code === "srm")
        .map((finding) => (
          <Help key={finding.code} finding={finding} experiment={experiment} />
        ))}
    </SplitCard>
  );
  const others = worstFirst(findings).filter((one) => one.code !== "srm");
  return (
    <>
      <p className={styles.muted} role="status">
        {findings.length === 0
          ? "No check has found anything."
          : `${count(findings.length)} ${findings.length === 1 ? "check has" : "checks have"} found something.`}{" "}
        Checked {since(at)}.{" "}
        <Button isSmall look="quiet" onPress={() => void health.refetch()} isDisabled={health.isFetching}>
          Check again
        </Button>
      </p>
      {isSplitBad && split}
      {others.map((finding) => (
        <FindingCard key={finding.code} finding={finding} experiment={experiment} />
      ))}
      {!isSplitBad && split}
      {reason && <p className={styles.muted}>Exposures cannot be counted: {reason.message}</p>}
      {exposures && <MultipleCard exposures={exposures} />}
      <Panel title="Exposures">
        <ExposuresChart experiment={experiment} />
      </Panel>
    </>
  );
}

function FindingCard({ finding, experiment }: { finding: Finding; experiment: Experiment }) {
  const help = HELP[finding.code];
  const isWarning = finding.severity === "warning";
  return (
    <article className={`${styles.card} ${isWarning ? styles.warning : ""}`} data-card={finding.code}>
      <h2>
        {help.title}
        <Badge tone={isWarning ? "caution" : "neutral"} symbol={isWarning ? "!" : "i"}>
          {isWarning ? "Warning" : "To know"}
        </Badge>
      </h2>
      <p>{finding.message}</p>
      <dl className={styles.terms}>
        <Help finding={finding} experiment={experiment} />
        {Object.keys(finding.facts).length > 0 && (
          <>
            <dt>Figures</dt>
            <dd>
              <Facts facts={finding.facts} />
            </dd>
          </>
        )}
      </dl>
    </article>
  );
}

/** Cause and next step, as terms of a list. */
function Help({ finding, experiment }: { finding: Finding; experiment: Experiment }) {
  const help = HELP[finding.code];
  return (
    <>
      <dt>Likely cause</dt>
      <dd>{help.cause}</dd>
      <dt>Next step</dt>
      <dd>
        {help.step} <NextStep experiment={experiment} goTo={help.goTo} />
      </dd>
    </>
  );
}

const PLACES = {
  setup: "Open the setup",
  flag: "Open the flag",
  end: "End the experiment",
} as const;

function NextStep({ experiment, goTo }: { experiment: Experiment; goTo: keyof typeof PLACES | null }) {
  if (goTo === null) return null;
  const href =
    goTo === "flag"
      ? `/feature_flags/${experiment.feature_flag.id}`
      : `/experiments/${experiment.id}/${goTo}`;
  return <Link href={href}>{PLACES[goTo]}</Link>;
}

const FACTS: Record<string, [label: string, text: (value: number) => string]> = {
  p_value: ["chi-square test", pText],
  sequential_p_value: ["sequential test", pText],
  multiple_share: ["share of units with several variants", (value) => percent(value, 2)],
  limit: ["limit", (value) => percent(value, 2)],
  exposed: ["exposed units", count],
  hours_since_launch: ["hours since the launch", number],
  rollout: ["let in by the flag", (value) => percent(value, 0)],
  largest_share: ["share of the largest variant", (value) => percent(value, 0)],
  conditions: ["release conditions", count],
  pinned_conditions: ["of them with a fixed variant", count],
};

function Facts({ facts }: { facts: Finding["facts"] }) {
  const known = Object.entries(facts).flatMap(([name, value]) => {
    const fact = FACTS[name];
    return fact && typeof value === "number" ? [`${fact[0]}: ${fact[1](value)}`] : [];
  });
  return (
    <ul className={styles.facts}>
      {known.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}

function MultipleCard({ exposures }: { exposures: NonNullable<Health["exposures"]> }) {
  const multiple = exposures.by_variant[MULTIPLE] ?? 0;
  return (
    <article className={`${styles.card} ${exposures.bias_risk ? styles.warning : styles.fine}`} data-card="multiple">
      <h2>
        Units with several variants
        <Badge tone={exposures.bias_risk ? "caution" : "fine"} symbol={exposures.bias_risk ? "!" : "✓"}>
          {exposures.bias_risk ? "May bias" : "Harmless"}
        </Badge>
      </h2>
      <p>
        {multiple === 0
          ? "No unit has seen more than one variant."
          : `${count(multiple)} of ${count(exposures.total)} units have seen more than one variant.`}
      </p>
    </article>
  );
}
