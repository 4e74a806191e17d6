/** What the last four weeks say about how long the draft will take. Read anew as the draft is saved. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect } from "react";

import { api, call, type Schemas } from "../../api/client";
import { useProjectPath } from "../../app/project";
import { parametersOf, type Draft, type Experiment } from "./draft";

export type Outlook = Schemas["OutlookBody"];

const DEFAULT_EFFECT = 10;

export const effectOf = (experiment: Experiment) =>
  parametersOf(experiment).minimum_detectable_effect ?? DEFAULT_EFFECT;

export function useOutlook(draft: Draft) {
  const path = useProjectPath();
  const { experiment, state } = draft;
  const event = parametersOf(experiment).planning_event ?? "";
  const effect = effectOf(experiment);
  return useQuery({
    // What was saved last is what the answer is about.
    queryKey: ["outlook", path.project_id, experiment.id, experiment.updated_at, event, effect],
    queryFn: () =>
      call(
        api.GET("/api/projects/{project_id}/experiments/{experiment_id}/outlook/", {
          params: {
            path: { ...path, experiment_id: experiment.id },
            query: { minimum_detectable_effect: effect, ...(event && { event }) },
          },
        }),
      ),
    enabled: state === "saved",
    placeholderData: keepPreviousData,
  });
}

/** The plan goes into the draft, so that progress is measured by it later. */
export function useKeptPlan(draft: Draft, outlook: Outlook | undefined, isFresh: boolean) {
  const parameters = parametersOf(draft.experiment);
  const size = outlook?.recommended_sample_size ?? null;
  const days = outlook?.recommended_running_time_days ?? null;
  // The effect that the form shows counts as chosen, also where nobody touched it.
  const isKept =
    parameters.minimum_detectable_effect != null &&
    (parameters.recommended_sample_size ?? null) === size &&
    (parameters.recommended_running_time ?? null) === days;
  const { change, state } = draft;
  useEffect(() => {
    if (!outlook || !isFresh || isKept || state !== "saved") return;
    change({
      parameters: {
        ...parameters,
        minimum_detectable_effect: effectOf(draft.experiment),
        recommended_sample_size: size,
        recommended_running_time: days,
      },
    });
  });
}
