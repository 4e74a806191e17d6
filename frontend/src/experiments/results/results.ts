/** What all metrics of an experiment say, as the API says it. */
import { useIsMutating, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, call, type Schemas } from "../../api/client";
import { useProjectPath } from "../../app/project";
import type { MetricDocument } from "../../metrics/document";

export type Results = Schemas["MetricsResultsBody"];
export type Outcome = Schemas["MetricOutcomeBody"];
export type Answer = Schemas["MetricAnswer"];
export type Reading = Schemas["ReadingBody"];
export type Effect = Schemas["EffectBody"];
export type VariantResult = Answer["variant_results"][number];
export type Role = Outcome["role"];

const OLDEST = 30_000;

const keyOf = (project: string, id: number, baseline: string | null) => [
  "results",
  project,
  id,
  baseline,
];

function useRead(id: number, baseline: string | null) {
  const path = useProjectPath();
  return async (refresh: boolean): Promise<Results> => {
    const answer: unknown = await call(
      api.GET("/api/projects/{project_id}/experiments/{experiment_id}/metrics_results/", {
        params: {
          path: { ...path, experiment_id: id },
          query: { ...(refresh && { refresh }), ...(baseline && { baseline }) },
        },
      }),
    );
    // The client's type of a pair of bounds is not the description's.
    return answer as Results;
  };
}

export function useResults(id: number, baseline: string | null, isLaunched: boolean) {
  const { project_id } = useProjectPath();
  const read = useRead(id, baseline);
  return useQuery<Results>({
    queryKey: keyOf(project_id, id, baseline),
    queryFn: () => read(false),
    enabled: isLaunched,
    staleTime: OLDEST,
    // Another baseline is another question, but its rows are of the same height.
    placeholderData: (before) => before,
  });
}

/** Everything computed anew. Goes on when the page is left, and is found again on coming back. */
export function useRecompute(id: number, baseline: string | null) {
  const queries = useQueryClient();
  const { project_id } = useProjectPath();
  const read = useRead(id, baseline);
  const key = ["recompute", ...keyOf(project_id, id, baseline)];
  const { mutate, error } = useMutation({
    mutationKey: key,
    mutationFn: () => read(true),
    onSuccess: (results) => queries.setQueryData(keyOf(project_id, id, baseline), results),
  });
  return { recompute: () => mutate(), error, isRunning: useIsMutating({ mutationKey: key }) > 0 };
}

export const documentOf = (outcome: Outcome) => outcome.metric as unknown as MetricDocument;

/** The baseline's sums and those of the treatments, in the order of the flag. */
export const resultOf = (outcome: Outcome, variant: string) =>
  outcome.result?.variant_results.find((one) => one.key === variant);

export const readingOf = (outcome: Outcome, variant: string) =>
  outcome.readings.find((one) => one.variant === variant);
