/** Where a metric's source or step can read from, beside the events of a name. */
import { useQuery } from "@tanstack/react-query";

import { api, call, type Schemas } from "../../api/client";
import { useProjectPath } from "../../app/project";

export type Action = Schemas["ActionBody"];
export type WarehouseTable = Schemas["WarehouseTableBody"];

const MOST = "10000";

export function useActions(): readonly Action[] {
  const path = useProjectPath();
  const found = useQuery({
    queryKey: ["actions", path.project_id],
    queryFn: () =>
      call(api.GET("/api/projects/{project_id}/actions/", { params: { path, query: { limit: MOST } } })),
  });
  return found.data?.results ?? [];
}

export function useTables(): readonly WarehouseTable[] {
  const path = useProjectPath();
  const found = useQuery({
    queryKey: ["warehouse tables", path.project_id],
    queryFn: () =>
      call(
        api.GET("/api/projects/{project_id}/warehouse_tables/", {
          params: { path, query: { limit: MOST } },
        }),
      ),
  });
  return found.data?.results ?? [];
}
