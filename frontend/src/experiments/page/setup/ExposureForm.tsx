/** Which units count: exposure, test accounts, several variants, the holdout. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api, call } from "../../../api/client";
import { useProjectPath } from "../../../app/project";
import { Choice, Select, Switch, TextField, type Option } from "../../../components/Fields";
import { say } from "../../../components/Toasts";
import { isReadOnly, usePatch, type Experiment } from "../experiment";
import { Refusal } from "../Refusal";
import { PartForm } from "./PartForm";

type Multiple = "exclude" | "first_seen";

const MULTIPLES: readonly Option<Multiple>[] = [
  { id: "exclude", label: "Leave them out" },
  { id: "first_seen", label: "Count the variant seen first" },
];
const NO_HOLDOUT = "none";
const ORDINARY_EVENT = "$feature_flag_called";

interface Criteria {
  filterTestAccounts?: boolean;
  multiple_variant_handling?: Multiple;
  exposure_config?: { kind?: string; event?: string; properties?: unknown[] } | null;
  [other: string]: unknown;
}

const criteriaOf = (experiment: Experiment) => (experiment.exposure_criteria ?? {}) as Criteria;

function useHoldouts() {
  const path = useProjectPath();
  return useQuery({
    queryKey: ["holdouts", path.project_id, "all"],
    queryFn: () =>
      call(
        api.GET("/api/projects/{project_id}/experiment_holdouts/", {
          params: { path, query: { limit: "1000" } },
        }),
      ),
  });
}

export function ExposureForm({ experiment }: { experiment: Experiment }) {
  // As it was when editing began.
  const [base, setBase] = useState(experiment);
  const kept = criteriaOf(base);
  const [criteria, setCriteria] = useState(kept);
  const [holdout, setHoldout] = useState(base.holdout_id);
  const [onlyMatured, setOnlyMatured] = useState(base.only_count_matured_users);
  const holdouts = useHoldouts();
  const patch = usePatch(base, setBase);
  const isDraft = experiment.start_date === null;
  const isChanged =
    JSON.stringify(criteria) !== JSON.stringify(kept) ||
    holdout !== base.holdout_id ||
    onlyMatured !== base.only_count_matured_users;
  if (base !== experiment && !isChanged) {
    setBase(experiment);
    setCriteria(criteriaOf(experiment));
    setHoldout(experiment.holdout_id);
    setOnlyMatured(experiment.only_count_matured_users);
  }
  const attr = patch.error?.attr;
  const save = () =>
    patch.mutate(
      {
        exposure_criteria: criteria,
        only_count_matured_users: onlyMatured,
        ...(holdout !== base.holdout_id && { holdout_id: holdout }),
      },
      { onSuccess: () => say("Who counts is saved.") },
    );
  return (
    <PartForm experiment={experiment} canSave={isChanged && !patch.isPending} onSave={save}>
      {patch.error && attr !== "holdout_id" && attr !== "exposure_criteria" && (
        <Refusal error={patch.error} onClose={patch.reset} />
      )}
      <TextField
        label="Exposed by the event"
        help="Units count from their first such event on."
        value={criteria.exposure_config?.event ?? ORDINARY_EVENT}
        onChange={(event) => setCriteria({ ...criteria, exposure_config: configOf(event, criteria) })}
        error={attr === "exposure_criteria" ? patch.error?.message : null}
      />
      <Choice
        label="Units that saw several variants"
        value={criteria.multiple_variant_handling ?? "exclude"}
        options={MULTIPLES}
        onChange={(handling) => setCriteria({ ...criteria, multiple_variant_handling: handling })}
      />
      <Switch
        isSelected={criteria.filterTestAccounts !== false}
        onChange={(filterTestAccounts) => setCriteria({ ...criteria, filterTestAccounts })}
      >
        Leave out test accounts
      </Switch>
      <Switch isSelected={onlyMatured} onChange={setOnlyMatured}>
        Only units whose conversion window is over
      </Switch>
      <Select
        label="Holdout"
        help={isDraft ? undefined : "A holdout can be changed before the launch only."}
        isDisabled={!isDraft || isReadOnly(experiment)}
        value={holdout === null ? NO_HOLDOUT : String(holdout)}
        options={[
          { id: NO_HOLDOUT, label: "None" },
          ...(holdouts.data?.results ?? []).map(({ id, name }) => ({ id: String(id), label: name })),
        ]}
        onChange={(id) => setHoldout(id === NO_HOLDOUT ? null : Number(id))}
        error={attr === "holdout_id" ? patch.error?.message : null}
      />
    </PartForm>
  );
}

/** The ordinary event is the absence of another one. */
function configOf(event: string, criteria: Criteria): Criteria["exposure_config"] {
  if (event === ORDINARY_EVENT || event === "") return null;
  const properties = criteria.exposure_config?.properties ?? [];
  return { kind: "ExperimentEventExposureConfig", properties, ...criteria.exposure_config, event };
}
