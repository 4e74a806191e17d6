import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { api, call, type Schemas } from "../api/client";
import { useProjectPath } from "../app/project";
import { problemsOf, type MetricDocument } from "./document";

export type Preview = Schemas["MetricPreviewBody"];

const PAUSE_MS = 500;

/** What the metric reads, once nobody has typed for a moment; asked for only when it is complete. */
export function usePreview(metric: MetricDocument) {
  const path = useProjectPath();
  const settled = useSettled(JSON.stringify(metric));
  const isComplete = Object.keys(problemsOf(JSON.parse(settled) as MetricDocument)).length === 0;
  const found = useQuery({
    queryKey: ["metric preview", path.project_id, settled],
    queryFn: () =>
      call(
        api.POST("/api/projects/{project_id}/metric_preview/", {
          params: { path },
          body: { metric: JSON.parse(settled) as MetricDocument },
        }),
      ),
    enabled: isComplete,
    placeholderData: keepPreviousData,
  });
  return { ...found, isComplete };
}

function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(value), PAUSE_MS);
    return () => window.clearTimeout(timer);
  }, [value]);
  return settled;
}
