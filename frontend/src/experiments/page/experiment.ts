/** One experiment as the pages read and change it. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";

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

/** Whether the reader may look and not change. */
export const isReadOnly = (experiment: Experiment) => experiment.user_access_level === "viewer";

const keyOf = (project: string, id: number) => ["experiment", project, id];

const read = (project: string, id: number) =>
  call(
    api.GET("/api/projects/{project_id}/experiments/{experiment_id}/", {
      params: { path: { project_id: project, experiment_id: id } },
    }),
  );

export function useExperiment(id: number) {
  const { project_id: project } = useProjectPath();
  return useQuery({ queryKey: keyOf(project, id), queryFn: () => read(project, id) });
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

/**
 * Changes what is named, and nothing else. What somebody else has changed since the page read it
 * is not overwritten unseen: that is told, and the same change goes through when it is made again.
 *
 * @param seen - The experiment that the change starts from.
 * @param onNewer - Is told of each newer one.
 */
export function usePatch(seen: Experiment, onNewer?: (newer: Experiment) => void) {
  const path = useProjectPath();
  const { id } = seen;
  const refreshed = useRefreshed(id);
  // An undo may come when the form that offered it is gone.
  const base = useRef(seen);
  useEffect(() => {
    base.current = seen;
  }, [seen]);
  const take = (newer: Experiment) => {
    base.current = newer;
    refreshed(newer);
    onNewer?.(newer);
  };
  return useMutation<Experiment, ApiError, Patch>({
    mutationFn: async (body) => {
      const now = await read(path.project_id, id);
      if (isOvertaken(base.current, now, body)) {
        take(now);
        throw new ApiError(409, "conflict", OVERTAKEN, null, null);
      }
      return call(
        api.PATCH("/api/projects/{project_id}/experiments/{experiment_id}/", {
          params: { path: { ...path, experiment_id: id } },
          body: body as never,
        }),
      );
    },
    onSuccess: take,
  });
}

const OVERTAKEN =
  "Somebody else has changed this meanwhile, so nothing was saved. What they changed stands under Activity; do it again to have it your way.";

function isOvertaken(before: Experiment, now: Experiment, change: Patch): boolean {
  const fields = Object.keys(change).filter((field): field is keyof Experiment => field in now);
  return fields.some((field) => JSON.stringify(before[field]) !== JSON.stringify(now[field]));
}

/** Whether a change was put aside until somebody approves it. */
export const isWaiting = (error: unknown): boolean =>
  error instanceof ApiError &&
  error.status === 409 &&
  ["approval_required", "change_request_pending"].includes(error.code);
