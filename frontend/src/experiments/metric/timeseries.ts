/** A metric's result at the end of each day. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, call, type Schemas } from "../../api/client";
import { useProjectPath } from "../../app/project";
import type { Experiment } from "../page/experiment";
import type { Answer, Outcome } from "../results/results";

export type Series = Schemas["TimeseriesBody"];

const ASK_AGAIN = 2_000;

/** The metric as the experiment holds it, with the fingerprint of how it is computed now. */
export function keptMetric(experiment: Experiment, outcome: Outcome) {
  const all = [
    ...experiment.metrics,
    ...experiment.metrics_secondary,
    ...experiment.saved_metrics.map((one) => one.query),
  ];
  const metric = all.find((one) => one["uuid"] === outcome.key);
  const fingerprint = metric?.["fingerprint"];
  return metric && typeof fingerprint === "string" ? { metric, fingerprint } : null;
}

const isUnderWay = (series: Series | undefined) =>
  series?.recalculation_status === "pending" || series?.recalculation_status === "in_progress";

export function useTimeseries(experiment: Experiment, outcome: Outcome) {
  const path = { ...useProjectPath(), experiment_id: experiment.id };
  const queries = useQueryClient();
  const kept = keptMetric(experiment, outcome);
  const key = ["timeseries", path.project_id, experiment.id, outcome.key, kept?.fingerprint];
  const series = useQuery({
    queryKey: key,
    enabled: kept !== null,
    queryFn: () =>
      call(
        api.GET("/api/projects/{project_id}/experiments/{experiment_id}/timeseries_results/", {
          params: {
            path,
            query: { metric_uuid: outcome.key, fingerprint: kept?.fingerprint ?? "" },
          },
        }),
      ),
    // The work goes on without this page; whoever comes back finds how far it is.
    refetchInterval: ({ state }) => (isUnderWay(state.data) ? ASK_AGAIN : false),
  });
  const asking = useMutation({
    mutationFn: () =>
      call(
        api.POST("/api/projects/{project_id}/experiments/{experiment_id}/recalculate_timeseries/", {
          params: { path },
          body: { metric: kept?.metric ?? {}, fingerprint: kept?.fingerprint ?? "" },
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: key }),
  });
  return { series, asking, isKept: kept !== null, isUnderWay: isUnderWay(series.data) };
}

export const answerOf = (point: Series["timeseries"][string]) => point as unknown as Answer | null;
