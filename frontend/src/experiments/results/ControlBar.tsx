/** How the results are looked at, and how old they are. */
import { useEffect, useState } from "react";

import { useProperties } from "../../events/definitions";
import { Button } from "../../components/Button";
import { ComboField } from "../../components/ComboField";
import { Checkbox, Select, type Option } from "../../components/Fields";
import { since } from "../../components/format";
import type { Experiment, Variant } from "../page/experiment";
import styles from "./Results.module.css";
import { useRecompute, type Results } from "./results";
import type { Density, Difference, View } from "./view";
import { methodText } from "./words";

const DIFFERENCES: readonly Option<Difference>[] = [
  { id: "relative", label: "Relative", help: "As a share of the baseline" },
  { id: "absolute", label: "Absolute", help: "In the unit of the metric" },
];
const DENSITIES: readonly Option<Density>[] = [
  { id: "comfortable", label: "Comfortable" },
  { id: "compact", label: "Compact" },
];

interface Props {
  experiment: Experiment;
  variants: readonly Variant[];
  results: Results | undefined;
  view: View;
  onChange: (change: Partial<View>) => void;
}

export function ControlBar({ experiment, variants, results, view, onChange }: Props) {
  const own = experiment.stats_config["baseline_variant_key"];
  const usual = typeof own === "string" && own ? own : "control";
  const baseline = view.baseline ?? (variants.some((one) => one.key === usual) ? usual : variants[0]?.key);
  return (
    <div className={styles.bar} role="group" aria-label="How the results are shown">
      <div className={styles.control}>
        <Select
          label="Baseline"
          value={baseline ?? null}
          options={variants.map(({ key, name }) => ({ id: key, label: name }))}
          onChange={(next) => onChange({ baseline: next === usual ? null : next })}
        />
      </div>
      <div className={styles.control}>
        <Select
          label="Difference"
          value={view.difference}
          options={DIFFERENCES}
          onChange={(difference) => onChange({ difference })}
        />
      </div>
      <BreakdownField experiment={experiment} value={view.breakdown} onChange={onChange} />
      <div className={styles.control}>
        <Select
          label="Density"
          value={view.density}
          options={DENSITIES}
          onChange={(density) => onChange({ density })}
        />
      </div>
      <div className={styles.method}>
        <span className={styles.label}>Method</span>
        <span className={styles.age}>{results ? methodText(results) : "…"}</span>
      </div>
      <Checkbox
        isSelected={view.isCompatShown}
        onChange={(isCompatShown) => onChange({ isCompatShown })}
      >
        PostHog’s figures
      </Checkbox>
      <Freshness experiment={experiment} results={results} baseline={view.baseline} />
    </div>
  );
}

interface BreakdownProps {
  experiment: Experiment;
  value: string | null;
  onChange: Props["onChange"];
}

function BreakdownField({ experiment, value, onChange }: BreakdownProps) {
  const properties = useProperties({ event: exposureEvent(experiment) });
  const [typed, setTyped] = useState(value ?? "");
  const isKnown = properties.some((one) => one.name === typed);
  // The address follows when the name is whole, not with every letter.
  useEffect(() => {
    if ((typed === "" || isKnown) && (value ?? "") !== typed) onChange({ breakdown: typed || null });
  }, [typed, isKnown, value, onChange]);
  return (
    <div className={styles.control}>
      <ComboField
        label="Breakdown"
        value={typed}
        onChange={setTyped}
        placeholder="None"
        suggestions={properties.map(({ name }) => ({ id: name }))}
      />
    </div>
  );
}

function exposureEvent(experiment: Experiment): string {
  const config = experiment.exposure_criteria?.["exposure_config"];
  const event = (config as { event?: unknown } | null | undefined)?.event;
  return typeof event === "string" ? event : "$feature_flag_called";
}

interface FreshProps {
  experiment: Experiment;
  results: Results | undefined;
  baseline: string | null;
}

function Freshness({ experiment, results, baseline }: FreshProps) {
  const { recompute, isRunning, error } = useRecompute(experiment.id, baseline);
  const seconds = useSecondsWhile(isRunning);
  const oldest = results?.metrics
    .map((one) => one.result?.last_refresh)
    .filter((one) => one !== undefined)
    .sort()[0];
  return (
    <div className={styles.fresh}>
      <span className={styles.age} aria-live="polite">
        {isRunning
          ? `Computing ${experiment.metrics.length + experiment.metrics_secondary.length + experiment.saved_metrics.length} metrics anew${seconds > 1 ? `, ${seconds} s` : ""}. You may leave this page.`
          : error
            ? `Not recomputed: ${error.message}`
            : oldest && `As of ${since(oldest)}`}
      </span>
      <Button isSmall onPress={recompute} isDisabled={isRunning}>
        {isRunning ? "Recomputing…" : "Recompute"}
      </Button>
    </div>
  );
}

function useSecondsWhile(isRunning: boolean): number {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    setSeconds(0);
    if (!isRunning) return;
    const timer = setInterval(() => setSeconds((before) => before + 1), 1000);
    return () => clearInterval(timer);
  }, [isRunning]);
  return seconds;
}
