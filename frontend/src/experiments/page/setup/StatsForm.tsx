/** How the results are computed. */
import { useState } from "react";

import { Choice, NumberField, Select, Switch, type Option } from "../../../components/Fields";
import { say } from "../../../components/Toasts";
import { isReadOnly, usePatch, type Experiment } from "../experiment";
import { Refusal } from "../Refusal";
import { PartForm } from "./PartForm";

type Way = "sequential" | "frequentist" | "bayesian";
type Correction = "holm" | "bonferroni" | "hochberg" | "bh" | "by" | "none";

const WAYS: readonly Option<Way>[] = [
  { id: "sequential", label: "Always valid", help: "May be read at any time; intervals are wider." },
  { id: "frequentist", label: "Fixed size", help: "Read once, at the planned size: Welch’s t." },
  { id: "bayesian", label: "Bayesian", help: "Probabilities, with no prior knowledge put in." },
];
const CORRECTIONS: readonly Option<Correction>[] = [
  { id: "holm", label: "Holm" },
  { id: "bonferroni", label: "Bonferroni" },
  { id: "hochberg", label: "Hochberg" },
  { id: "bh", label: "Benjamini–Hochberg" },
  { id: "by", label: "Benjamini–Yekutieli" },
  { id: "none", label: "None" },
];

interface Config {
  method?: string;
  engine?: string;
  correction?: string;
  bayesian?: { ci_level?: number; [other: string]: unknown };
  frequentist?: { alpha?: number; sequential_testing_enabled?: boolean; [other: string]: unknown };
  cuped?: { enabled?: boolean; [other: string]: unknown };
  [other: string]: unknown;
}

function wayOf({ method, frequentist }: Config): Way {
  if (method !== "frequentist") return "bayesian";
  return frequentist?.sequential_testing_enabled ? "sequential" : "frequentist";
}

const levelOf = (config: Config) =>
  wayOf(config) === "bayesian" ? (config.bayesian?.ci_level ?? 0.95) : 1 - (config.frequentist?.alpha ?? 0.05);

function withWay(config: Config, way: Way, level: number): Config {
  const alpha = Number((1 - level).toFixed(6));
  return way === "bayesian"
    ? { ...config, method: "bayesian", bayesian: { ...config.bayesian, ci_level: level } }
    : {
        ...config,
        method: "frequentist",
        frequentist: {
          ...config.frequentist,
          alpha,
          sequential_testing_enabled: way === "sequential",
        },
      };
}

export function StatsForm({ experiment }: { experiment: Experiment }) {
  // As it was when editing began.
  const [base, setBase] = useState(experiment);
  const kept = base.stats_config as Config;
  const keptEffect = effectOf(base);
  const [config, setConfig] = useState(kept);
  const [effect, setEffect] = useState(keptEffect);
  const patch = usePatch(base, setBase);
  const isChanged = JSON.stringify(config) !== JSON.stringify(kept) || effect !== keptEffect;
  if (base !== experiment && !isChanged) {
    setBase(experiment);
    setConfig(experiment.stats_config as Config);
    setEffect(effectOf(experiment));
  }
  const save = () =>
    patch.mutate(
      {
        stats_config: config,
        ...(effect !== keptEffect && {
          parameters: { ...base.parameters, minimum_detectable_effect: effect },
        }),
      },
      {
        onSuccess: () => {
          const undo = () =>
            patch.mutate({ stats_config: kept, parameters: base.parameters });
          say("The statistics are saved.", { label: "Undo", onAction: undo });
        },
      },
    );
  return (
    <PartForm experiment={experiment} canSave={isChanged && !patch.isPending} onSave={save}>
      {patch.error && <Refusal error={patch.error} onClose={patch.reset} />}
      <Choice
        label="Method"
        value={wayOf(config)}
        options={WAYS}
        onChange={(way) => setConfig(withWay(config, way, levelOf(config)))}
      />
      <NumberField
        label="Level of the intervals"
        value={levelOf(config)}
        onChange={(level) => level !== null && setConfig(withWay(config, wayOf(config), level))}
        min={0.5}
        max={0.999}
        step={0.005}
        format={{ style: "percent", maximumFractionDigits: 1 }}
      />
      <Select
        label="Correction for several comparisons"
        isDisabled={isReadOnly(experiment)}
        value={(config.correction ?? "holm") as Correction}
        options={CORRECTIONS}
        onChange={(correction) => setConfig({ ...config, correction })}
      />
      <NumberField
        label="Smallest effect worth finding, in percent of the baseline"
        help="The plan’s size follows from it. An interval inside of it means no meaningful difference."
        value={effect}
        onChange={setEffect}
        min={0}
        max={1000}
      />
      <Switch
        isSelected={config.cuped?.enabled === true}
        onChange={(enabled) => setConfig({ ...config, cuped: { ...config.cuped, enabled } })}
      >
        Take out what was so before exposure (CUPED)
      </Switch>
      <Switch
        isSelected={config.engine === "posthog"}
        onChange={(isPosthog) => setConfig({ ...config, engine: isPosthog ? "posthog" : "splitplot" })}
      >
        PostHog’s figures alone
      </Switch>
    </PartForm>
  );
}

function effectOf({ parameters }: Experiment): number | null {
  const effect = parameters?.["minimum_detectable_effect"];
  return typeof effect === "number" ? effect : null;
}
