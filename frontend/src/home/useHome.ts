/** What the home page shows of a project. */
import { useQuery } from "@tanstack/react-query";

import { api, call } from "../api/client";
import { useProjectPath } from "../app/project";

const MOST_LIVE = "100";
const MOST_DRAFTS = "5";
const MOST_DECIDED = "5";
const MINUTE = 60_000;

/** Experiments that run, or could again, and those that ended last. */
export function useHome() {
  const path = useProjectPath();
  const listed = (query: Record<string, string>) =>
    call(api.GET("/api/projects/{project_id}/experiments/", { params: { path, query } }));
  return useQuery({
    queryKey: ["experiments", path.project_id, "home"],
    queryFn: async () => {
      const [running, paused, frozen, drafts, decided, all] = await Promise.all([
        listed({ status: "running", limit: MOST_LIVE }),
        listed({ status: "paused", limit: MOST_LIVE }),
        listed({ status: "exposure_frozen", limit: MOST_LIVE }),
        listed({ status: "draft", order: "-created_at", limit: MOST_DRAFTS }),
        listed({ status: "stopped", order: "-end_date", limit: MOST_DECIDED }),
        listed({ limit: "1" }),
      ]);
      return {
        live: [...running.results, ...frozen.results, ...paused.results],
        drafts: drafts.results,
        decided: decided.results,
        isEmpty: all.count === 0,
      };
    },
    refetchInterval: MINUTE,
  });
}

/** Changes that wait for an approval. */
export function useWaiting() {
  const path = useProjectPath();
  const waiting = useQuery({
    queryKey: ["approvals", path.project_id, "home"],
    queryFn: () =>
      call(
        api.GET("/api/projects/{project_id}/change_requests/", {
          params: { path, query: { state: "pending", limit: "5" } },
        }),
      ),
    retry: false,
  });
  return waiting.data?.results ?? [];
}
