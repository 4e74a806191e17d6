/** What is wrong with an experiment, and who was exposed. */
import { useQuery } from "@tanstack/react-query";

import { api, call, type Schemas } from "../../api/client";
import { useProjectPath } from "../../app/project";
import type { Experiment } from "./experiment";

export type Health = Schemas["HealthBody"];
export type Finding = Schemas["FindingBody"];
export type Exposures = Schemas["ExposureAnswer"];

export const MULTIPLE = "$multiple";

export function useHealth(id: number) {
  const path = useProjectPath();
  return useQuery({
    queryKey: ["health", path.project_id, id],
    queryFn: () =>
      call(
        api.GET("/api/projects/{project_id}/experiments/{experiment_id}/health/", {
          params: { path: { ...path, experiment_id: id } },
        }),
      ),
  });
}

/** Exposures day by day. */
export function useExposures(experiment: Experiment) {
  const path = useProjectPath();
  return useQuery({
    queryKey: ["exposures", path.project_id, experiment.id],
    enabled: experiment.start_date !== null,
    queryFn: async () => {
      const answer = await call(
        api.POST("/api/projects/{project_id}/query/", {
          params: { path },
          body: {
            query: {
              kind: "ExperimentExposureQuery",
              experiment_id: experiment.id,
              feature_flag: {
                key: experiment.feature_flag_key,
                filters: experiment.feature_flag.filters,
              },
              start_date: experiment.start_date,
              end_date: experiment.end_date,
              exposure_criteria: experiment.exposure_criteria,
              holdout: experiment.holdout_id === null ? null : { id: experiment.holdout_id },
            },
          },
        }),
      );
      return answer as Exposures;
    },
  });
}
