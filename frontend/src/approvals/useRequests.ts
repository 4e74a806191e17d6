/** Changes that wait for somebody's consent, and votes on them. */
import { useQuery, useQueryClient } from "@tanstack/react-query";

import { api, ApiError, call, type Schemas } from "../api/client";
import { useProjectPath } from "../app/project";

export type ChangeRequest = Schemas["ChangeRequestBody"];
export type Vote = "approve" | "reject" | "cancel";

export const WAITING = "pending,approved";
export const DONE = "applied,rejected,expired,failed";

export function useRequests(states: string) {
  const path = useProjectPath();
  return useQuery({
    queryKey: ["change requests", path.project_id, states],
    queryFn: () =>
      call(
        api.GET("/api/projects/{project_id}/change_requests/", {
          params: { path, query: { state: states, limit: "100" } },
        }),
      ),
    staleTime: 0,
  });
}

const PATHS = {
  approve: "/api/projects/{project_id}/change_requests/{request_id}/approve/",
  reject: "/api/projects/{project_id}/change_requests/{request_id}/reject/",
  cancel: "/api/projects/{project_id}/change_requests/{request_id}/cancel/",
} as const;

export function useVote() {
  const path = useProjectPath();
  const queries = useQueryClient();
  return async (request: ChangeRequest, vote: Vote, reason: string) => {
    try {
      return await call(
        api.POST(PATHS[vote], {
          params: { path: { ...path, request_id: request.id } },
          body: { reason },
        }),
      );
    } catch (error) {
      throw told(error);
    } finally {
      for (const kind of ["change requests", "flag", "flags", "activity", "experiments"]) {
        void queries.invalidateQueries({ queryKey: [kind] });
      }
    }
  };
}

/** Refused votes say why in a form of their own. */
function told(error: unknown): unknown {
  if (!(error instanceof ApiError)) return error;
  const said = (error.body as { error?: unknown } | null)?.error;
  if (typeof said !== "string") return error;
  return new ApiError(error.status, error.code, said, error.attr, error.body);
}
