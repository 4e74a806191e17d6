/** What the project has captured so far: names to offer in forms. */
import { useQuery } from "@tanstack/react-query";

import { api, call, type Schemas } from "../api/client";
import { useProjectPath } from "../app/project";

export type PropertyDefinition = Schemas["PropertyDefinitionBody"];

const MOST = "10000";

/** `undefined` while they are not known. */
export function useEventNames(): readonly string[] | undefined {
  const path = useProjectPath();
  const names = useQuery({
    queryKey: ["event names", path.project_id],
    queryFn: () =>
      call(
        api.GET("/api/projects/{project_id}/event_definitions/", {
          params: { path, query: { limit: MOST } },
        }),
      ),
  });
  return names.data?.results.map((one) => one.name);
}

/** Properties of recent persons, or of recent events of a name; none while they are not known. */
export function useProperties(of: { event: string | null } | "person"): readonly PropertyDefinition[] {
  const path = useProjectPath();
  const names = useEventNames();
  // Not while a name is being typed: what was never captured carries nothing.
  const isAsked = of === "person" || of.event === null || !!names?.includes(of.event);
  const query =
    of === "person"
      ? ({ type: "person" } as const)
      : { type: "event" as const, ...(of.event && { event_names: JSON.stringify([of.event]) }) };
  const properties = useQuery({
    queryKey: ["properties", path.project_id, query],
    queryFn: () =>
      call(
        api.GET("/api/projects/{project_id}/property_definitions/", {
          params: { path, query: { ...query, limit: MOST } },
        }),
      ),
    enabled: isAsked,
  });
  return properties.data?.results ?? [];
}
