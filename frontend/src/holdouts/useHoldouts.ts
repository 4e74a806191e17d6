/** Reading and writing holdouts. */
import { useQuery, useQueryClient } from "@tanstack/react-query";

import { api, call, type Schemas } from "../api/client";
import { useProjectPath } from "../app/project";

export type Holdout = Schemas["ListedHoldoutBody"];

export interface HoldoutFields {
  name: string;
  description: string;
  /** In percent of all units. */
  size: number | null;
}

export const sizeOf = (holdout: Holdout): number => {
  const share = holdout.filters[0]?.["rollout_percentage"];
  return typeof share === "number" ? share : 0;
};

export function useHoldouts() {
  const path = useProjectPath();
  return useQuery({
    queryKey: ["holdouts", path.project_id],
    queryFn: () =>
      call(
        api.GET("/api/projects/{project_id}/experiment_holdouts/", {
          params: { path, query: { limit: "10000" } },
        }),
      ),
  });
}

export function useHoldout(id: number) {
  const path = useProjectPath();
  return useQuery({
    queryKey: ["holdout", path.project_id, id],
    queryFn: () =>
      call(
        api.GET("/api/projects/{project_id}/experiment_holdouts/{holdout_id}/", {
          params: { path: { ...path, holdout_id: id } },
        }),
      ),
  });
}

export function useHeldExperiments(id: number) {
  const path = useProjectPath();
  return useQuery({
    queryKey: ["holdout experiments", path.project_id, id],
    queryFn: () =>
      call(
        api.GET("/api/projects/{project_id}/experiment_holdouts/{holdout_id}/experiments/", {
          params: { path: { ...path, holdout_id: id }, query: { limit: "1000" } },
        }),
      ),
  });
}

export function useWriteHoldout() {
  const path = useProjectPath();
  const queries = useQueryClient();
  const forget = () => {
    for (const kind of ["holdouts", "holdout", "holdout experiments", "activity", "flag", "flags"]) {
      void queries.invalidateQueries({ queryKey: [kind] });
    }
  };
  const bodyOf = (fields: HoldoutFields, before?: Holdout) => ({
    name: fields.name,
    description: fields.description,
    // Other filters write the flags of its experiments: only where the size is another one.
    ...(before && sizeOf(before) === fields.size
      ? {}
      : {
          filters: [
            { ...before?.filters[0], properties: [], rollout_percentage: fields.size ?? 0 },
            ...(before?.filters.slice(1) ?? []),
          ] as { rollout_percentage: number }[],
        }),
  });
  return {
    create: async (fields: HoldoutFields) => {
      const { filters = [], ...body } = bodyOf(fields);
      const made = await call(
        api.POST("/api/projects/{project_id}/experiment_holdouts/", {
          params: { path },
          body: { ...body, filters },
        }),
      );
      forget();
      return made;
    },
    change: async (holdout: Holdout, fields: HoldoutFields) => {
      const changed = await call(
        api.PATCH("/api/projects/{project_id}/experiment_holdouts/{holdout_id}/", {
          params: { path: { ...path, holdout_id: holdout.id } },
          body: bodyOf(fields, holdout),
        }),
      );
      forget();
      return changed;
    },
    remove: async (id: number) => {
      await call(
        api.DELETE("/api/projects/{project_id}/experiment_holdouts/{holdout_id}/", {
          params: { path: { ...path, holdout_id: id } },
        }),
      );
      forget();
    },
  };
}
