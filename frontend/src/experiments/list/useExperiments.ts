/** The page of the list that the view asks for, and where its experiments stand. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, ApiError, call, type Schemas } from "../../api/client";
import { useProject, useProjectPath } from "../../app/project";
import type { Option } from "../../components/Fields";
import { PAGE_SIZE, type View } from "./view";

export type Experiment = Schemas["ExperimentBody"];
export type Standing = Schemas["StandingBody"];

export function useExperiments(view: View) {
  const path = useProjectPath();
  const query = {
    limit: String(PAGE_SIZE),
    offset: String((view.page - 1) * PAGE_SIZE),
    order: `${view.isDescending ? "-" : ""}${view.order}`,
    ...(view.search && { search: view.search }),
    ...(view.status !== "all" && { status: view.status }),
    ...(view.owner && { created_by_id: view.owner }),
    ...(view.type !== "all" && { type: view.type }),
    ...(view.isArchived && { archived: "true" }),
  };
  return useQuery({
    queryKey: ["experiments", path.project_id, query],
    queryFn: ({ signal }) =>
      call(api.GET("/api/projects/{project_id}/experiments/", { params: { path, query }, signal })),
    placeholderData: keepPreviousData,
  });
}

/** Comes after the list itself, which does not wait for it. */
export function useStandings(ids: readonly number[]): ReadonlyMap<number, Standing> | undefined {
  const path = useProjectPath();
  const standings = useQuery({
    queryKey: ["experiments", path.project_id, "standings", ids],
    // An answer's pairs are lists to the client, and pairs to the API's description.
    queryFn: async () =>
      (await call(
        api.GET("/api/projects/{project_id}/experiment_standings/", {
          params: { path, query: { experiment_ids: [...ids] } },
        }),
      )) as Schemas["StandingsBody"],
    enabled: ids.length > 0,
    placeholderData: keepPreviousData,
  });
  return standings.data && new Map(standings.data.results.map((one) => [one.id, one]));
}

/** Computes what the list has no results of, one experiment after the other. */
export function useCompute() {
  const path = useProjectPath();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (ids: readonly number[]) => {
      for (const id of ids) {
        await call(
          api.GET("/api/projects/{project_id}/experiments/{experiment_id}/metrics_results/", {
            params: { path: { ...path, experiment_id: id } },
          }),
        );
        await queries.invalidateQueries({
          queryKey: ["experiments", path.project_id, "standings"],
        });
      }
    },
  });
}

/** Who may have made an experiment; none where the list of members is not open to the reader. */
export function useOwners(): readonly Option[] {
  const { organization } = useProject();
  const members = useQuery({
    queryKey: ["members", organization],
    queryFn: () =>
      call(
        api.GET("/api/organizations/{organization_id}/members/", {
          params: { path: { organization_id: organization } },
        }),
      ),
  });
  return (members.data?.results ?? []).map(({ user }) => ({
    id: String(user.id),
    label: nameOf(user),
  }));
}

export const nameOf = (user: { first_name: string; last_name: string; email: string }) =>
  `${user.first_name} ${user.last_name}`.trim() || user.email;

/** Puts several away. Answers which were refused, and why. */
export function useArchive() {
  const path = useProjectPath();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ ids, isArchived }: { ids: readonly number[]; isArchived: boolean }) => {
      const refusals = new Map<number, string>();
      for (const id of ids) {
        const params = { params: { path: { ...path, experiment_id: id } } };
        try {
          await call(
            isArchived
              ? api.POST("/api/projects/{project_id}/experiments/{experiment_id}/archive/", params)
              : api.POST("/api/projects/{project_id}/experiments/{experiment_id}/unarchive/", params),
          );
        } catch (error) {
          if (!(error instanceof ApiError)) throw error;
          refusals.set(id, error.message);
        }
      }
      return refusals;
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ["experiments", path.project_id] }),
  });
}
