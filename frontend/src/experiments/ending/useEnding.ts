/** Ending an experiment: what would change, and the change itself. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useLocation } from "wouter";

import { api, call, type ApiError, type Schemas } from "../../api/client";
import { useProjectPath } from "../../app/project";
import { say } from "../../components/Toasts";

export type Preview = Schemas["ShipPreviewBody"];
export type Experiment = Schemas["ExperimentBody"];
export type Decision = Schemas["DecisionBody"];
export type Conclusion = NonNullable<Experiment["conclusion"]>;

export interface Ending {
  /** `null` ends the experiment and leaves the flag as it is. */
  variant: string | null;
  toEverybody: boolean;
  conclusion: Conclusion | null;
  note: string;
}

const bodyOf = (ending: Ending) => ({
  conclusion: ending.conclusion,
  conclusion_comment: ending.note.trim() || null,
  ...(ending.variant !== null && {
    variant_key: ending.variant,
    release_to_everyone: ending.toEverybody,
  }),
});

/** Made by the same function that ships. */
export function usePreview(experiment: Experiment, { variant, toEverybody }: Ending) {
  const path = useProjectPath();
  const key = ["preview", path.project_id, experiment.id, experiment.feature_flag.version];
  return useQuery({
    queryKey: [...key, variant, toEverybody],
    queryFn: () =>
      call(
        api.POST("/api/projects/{project_id}/experiments/{experiment_id}/preview_ship_variant/", {
          params: { path: { ...path, experiment_id: experiment.id } },
          body: { variant_key: variant, release_to_everyone: toEverybody } as never,
        }),
      ),
    enabled: variant !== null,
    placeholderData: keepPreviousData,
  });
}

export function useEnd(experiment: Experiment) {
  const path = useProjectPath();
  const queries = useQueryClient();
  const [, go] = useLocation();
  return useMutation<Experiment, ApiError, Ending>({
    mutationFn: (ending) => {
      const params = { path: { ...path, experiment_id: experiment.id } };
      const body = bodyOf(ending) as never;
      return call(
        ending.variant === null
          ? api.POST("/api/projects/{project_id}/experiments/{experiment_id}/end/", { params, body })
          : api.POST("/api/projects/{project_id}/experiments/{experiment_id}/ship_variant/", {
              params,
              body,
            }),
      );
    },
    onSuccess: (ended) => {
      void queries.invalidateQueries({
        predicate: ({ queryKey }) => queryKey[1] === path.project_id,
      });
      say(`“${ended.name}” has ended.`);
      go(`/experiments/${ended.id}`);
    },
  });
}
