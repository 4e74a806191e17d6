/** Reading and writing shared metrics. */
import { useQuery, useQueryClient } from "@tanstack/react-query";

import { api, call, type Schemas } from "../api/client";
import { useProjectPath } from "../app/project";
import type { MetricDocument } from "./document";

export type SharedMetric = Schemas["SavedMetricBody"];
export type UsingExperiment = Schemas["UsingExperimentBody"];

export const documentOf = (metric: SharedMetric) => metric.query as unknown as MetricDocument;

export interface MetricFields {
  name: string;
  description: string;
  tags: string[];
  query: MetricDocument;
}

export function useSharedMetrics() {
  const path = useProjectPath();
  return useQuery({
    queryKey: ["shared metrics", path.project_id],
    queryFn: () =>
      call(
        api.GET("/api/projects/{project_id}/experiment_saved_metrics/", {
          params: { path, query: { limit: "10000" } },
        }),
      ),
  });
}

export function useSharedMetric(id: number | null) {
  const path = useProjectPath();
  return useQuery({
    queryKey: ["shared metric", path.project_id, id],
    queryFn: () =>
      call(
        api.GET("/api/projects/{project_id}/experiment_saved_metrics/{metric_id}/", {
          params: { path: { ...path, metric_id: id ?? 0 } },
        }),
      ),
    enabled: id !== null,
  });
}

export function useUsers(id: number | null) {
  const path = useProjectPath();
  return useQuery({
    queryKey: ["users of shared metric", path.project_id, id],
    queryFn: () =>
      call(
        api.GET("/api/projects/{project_id}/experiment_saved_metrics/{metric_id}/experiments/", {
          params: { path: { ...path, metric_id: id ?? 0 }, query: { limit: "1000" } },
        }),
      ),
    enabled: id !== null,
  });
}

export function useWriteMetric() {
  const path = useProjectPath();
  const queries = useQueryClient();
  const forget = () => {
    for (const kind of ["shared metrics", "shared metric", "users of shared metric", "activity"]) {
      void queries.invalidateQueries({ queryKey: [kind] });
    }
  };
  return {
    create: async (fields: MetricFields) => {
      const made = await call(
        api.POST("/api/projects/{project_id}/experiment_saved_metrics/", {
          params: { path },
          body: { ...fields, query: { ...fields.query } },
        }),
      );
      forget();
      return made;
    },
    change: async (id: number, fields: MetricFields) => {
      const changed = await call(
        api.PATCH("/api/projects/{project_id}/experiment_saved_metrics/{metric_id}/", {
          params: { path: { ...path, metric_id: id } },
          body: { ...fields, query: { ...fields.query } },
        }),
      );
      forget();
      return changed;
    },
    remove: async (id: number) => {
      await call(
        api.DELETE("/api/projects/{project_id}/experiment_saved_metrics/{metric_id}/", {
          params: { path: { ...path, metric_id: id } },
        }),
      );
      forget();
    },
  };
}
