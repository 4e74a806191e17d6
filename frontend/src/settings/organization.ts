/** The organization of the project, its people, and what the reader may do with them. */
import { useQuery } from "@tanstack/react-query";

import { ADMINISTRATOR } from "../account/levels";
import { api, call, type Schemas } from "../api/client";
import { useProject } from "../app/project";

export type Member = Schemas["MemberBody"];
export type Role = Schemas["RoleBody"];

export function useOrganizationPath() {
  return { organization_id: useProject().organization };
}

export function useOrganization() {
  const path = useOrganizationPath();
  return useQuery({
    queryKey: ["organization", path.organization_id],
    queryFn: () => call(api.GET("/api/organizations/{organization_id}/", { params: { path } })),
  });
}

/** Whether the reader administers the organization; false until it is known. */
export function useIsAdministrator(): boolean {
  return (useOrganization().data?.membership_level ?? 0) >= ADMINISTRATOR;
}

export function useMembers() {
  const path = useOrganizationPath();
  return useQuery({
    queryKey: ["members", path.organization_id],
    queryFn: () =>
      call(
        api.GET("/api/organizations/{organization_id}/members/", {
          params: { path, query: { limit: "500" } },
        }),
      ),
  });
}

export function useRoles() {
  const path = useOrganizationPath();
  return useQuery({
    queryKey: ["roles", path.organization_id],
    queryFn: () =>
      call(
        api.GET("/api/organizations/{organization_id}/roles/", {
          params: { path, query: { limit: "500" } },
        }),
      ),
  });
}

export function nameOf(user: Schemas["UserBlock"]): string {
  return [user.first_name, user.last_name].filter(Boolean).join(" ") || user.email;
}
