import { useQuery } from "@tanstack/react-query";
import { Label, Slider, SliderOutput, SliderThumb, SliderTrack } from "react-aria-components";

import { api, call } from "../../../api/client";
import { useProjectPath } from "../../../app/project";
import { Select, Switch } from "../../../components/Fields";
import styles from "../Create.module.css";
import { parametersOf, rolloutOf, targetingOf, variantsOf, type Draft } from "../draft";
import { Targeting } from "./Targeting";
import { Variants } from "./Variants";

const NO_HOLDOUT = "none";

export function Who({ draft }: { draft: Draft }) {
  const { experiment, change, errors } = draft;
  const parameters = parametersOf(experiment);
  const set = (part: Partial<typeof parameters>) =>
    change({
      parameters: { ...parameters, feature_flag_variants: variantsOf(experiment), ...part },
    });
  const criteria = experiment.exposure_criteria ?? {};
  return (
    <div className={styles.step}>
      <Traffic
        value={rolloutOf(experiment)}
        onChange={(rollout_percentage) => set({ rollout_percentage })}
      />
      <Variants
        variants={variantsOf(experiment)}
        onChange={(feature_flag_variants) => set({ feature_flag_variants })}
        error={errors["parameters"]}
      />
      <Targeting
        filters={targetingOf(experiment)}
        onChange={draft.changeTargeting}
        error={errors["filters"]}
      />
      <Holdout
        value={experiment.holdout_id}
        onChange={(holdout_id) => change({ holdout_id })}
        error={errors["holdout_id"]}
      />
      <Switch
        isSelected={criteria["filterTestAccounts"] !== false}
        onChange={(filterTestAccounts) =>
          change({ exposure_criteria: { ...criteria, filterTestAccounts } })
        }
      >
        Leave out internal and test users
      </Switch>
    </div>
  );
}

function Traffic({ value, onChange }: { value: number; onChange: (value: number) => void }) {
  return (
    <Slider
      className={styles.slider ?? ""}
      value={value}
      onChange={(next) => onChange(Array.isArray(next) ? (next[0] ?? 100) : next)}
      minValue={0}
      maxValue={100}
    >
      <div className={styles.sliderHead}>
        <Label>Traffic that enters</Label>
        <SliderOutput className={styles.figure ?? ""}>{value}%</SliderOutput>
      </div>
      <SliderTrack className={styles.track ?? ""}>
        <SliderThumb className={styles.thumb ?? ""} />
      </SliderTrack>
      <p className={styles.muted}>
        The share of those below who take part at all. Everybody else sees what there is today and is
        not counted.
      </p>
    </Slider>
  );
}

interface HoldoutProps {
  value: number | null;
  onChange: (value: number | null) => void;
  error?: string | undefined;
}

function Holdout({ value, onChange, error }: HoldoutProps) {
  const path = useProjectPath();
  const holdouts = useQuery({
    queryKey: ["holdouts", path.project_id, "choice"],
    queryFn: () =>
      call(
        api.GET("/api/projects/{project_id}/experiment_holdouts/", {
          params: { path, query: { limit: "1000" } },
        }),
      ),
  });
  const found = holdouts.data?.results ?? [];
  if (found.length === 0 && value === null) return null;
  return (
    <Select
      label="Holdout"
      value={value === null ? NO_HOLDOUT : String(value)}
      onChange={(id) => onChange(id === NO_HOLDOUT ? null : Number(id))}
      options={[
        { id: NO_HOLDOUT, label: "None" },
        ...found.map((one) => ({ id: String(one.id), label: one.name })),
      ]}
      help="Keeps the same people out of several experiments, to see what these do together."
      error={error}
    />
  );
}
