/** One experiment as the pages read and change it. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, ApiError, call, type Schemas } from "../../api/client";
import { useProjectPath } from "../../app/project";

export type Experiment = Schemas["ExperimentBody"];
export type Patch = Partial<Record<keyof Experiment, unknown>> & { update_feature_flag_params?: boolean };

export interface Variant {
  key: string;
  /** What people call it; the key where nobody gave it a name. */
  name: string;
  /** Percentage, or null when the flag does not say. */
  share: number | null;
}

/** The variants of the flag, in its order. */
export function variantsOf(experiment: Experiment): Variant[] {
  const { multivariate } = experiment.feature_flag.filters;
  const listed = (multivariate as { variants?: unknown } | null | undefined)?.variants;
  if (!Array.isArray(listed)) return [];
  return listed.map((one: { key: string; name?: string | null; rollout_percentage?: number }) => ({
    key: one.key,
    name: one.name || one.key,
    share: one.rollout_percentage ?? null,
  }));
}

const keyOf = (project: string, id: number) => ["experiment", project, id];

export function useExperiment(id: number) {
  const path = useProjectPath();
  return useQuery({
    queryKey: keyOf(path.project_id, id),
    queryFn: () =>
      call(
        api.GET("/api/projects/{project_id}/experiments/{experiment_id}/", {
          params: { path: { ...path, experiment_id: id } },
        }),
      ),
  });
}

/** Everything that was read about an experiment is read anew after a change of it. */
export function useRefreshed(id: number) {
  const queries = useQueryClient();
  const path = useProjectPath();
  return (changed?: Experiment) => {
    if (changed) queries.setQueryData(keyOf(path.project_id, id), changed);
    const about = ["experiment", "results", "health", "activity", "exposures", "experiments"];
    for (const key of about) void queries.invalidateQueries({ queryKey: [key, path.project_id] });
  };
}

/** Changes what is named, and nothing else. */
export function usePatch(id: number) {
  const path = useProjectPath();
  const refreshed = useRefreshed(id);
  return useMutation<Experiment, ApiError, Patch>({
    mutationFn: (body) =>
      call(
        api.PATCH("/api/projects/{project_id}/experiments/{experiment_id}/", {
          params: { path: { ...path, experiment_id: id } },
          body: body as never,
        }),
      ),
    onSuccess: refreshed,
  });
}

/** Whether a change was put aside until somebody approves it. */
export const isWaiting = (error: unknown): boolean =>
  error instanceof ApiError &&
  error.status === 409 &&
  ["approval_required", "change_request_pending"].includes(error.code);
