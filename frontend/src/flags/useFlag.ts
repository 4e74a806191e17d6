/** Reading and changing one flag. */
import { useQuery, useQueryClient } from "@tanstack/react-query";

import { api, call, ApiError } from "../api/client";
import { useProjectPath } from "../app/project";
import { say } from "../components/Toasts";
import type { Flag, FlagDraft } from "./model";

export function useFlag(id: number) {
  const path = useProjectPath();
  return useQuery({
    queryKey: ["flag", path.project_id, id],
    queryFn: () =>
      call(
        api.GET("/api/projects/{project_id}/feature_flags/{flag_id}/", {
          params: { path: { ...path, flag_id: id } },
        }),
      ),
  });
}

type Changes = Partial<FlagDraft> & { active?: boolean; deleted?: boolean };

/** Sends a change of a flag as it was seen, so that nobody else's change is written over. */
export function useChangeFlag() {
  const path = useProjectPath();
  const queries = useQueryClient();
  return async (seen: Flag, changes: Changes): Promise<Flag> => {
    const changed = await call(
      api.PATCH("/api/projects/{project_id}/feature_flags/{flag_id}/", {
        params: { path: { ...path, flag_id: seen.id } },
        body: { ...changes, version: seen.version, original_flag: { ...seen } },
      }),
    );
    queries.setQueryData(["flag", path.project_id, seen.id], changed);
    void queries.invalidateQueries({ queryKey: ["flags"] });
    void queries.invalidateQueries({ queryKey: ["activity"] });
    return changed;
  };
}

/** Turns a flag on or off, with a way back. */
export function useSwitchFlag() {
  const change = useChangeFlag();
  const queries = useQueryClient();
  const path = useProjectPath();
  const turn = async (flag: Flag, active: boolean, isUndo = false): Promise<void> => {
    try {
      const changed = await change(flag, { active });
      const undo = { label: "Undo", onAction: () => void turn(changed, !active, true) };
      const done = active ? "is on" : "is off: nobody gets it";
      say(`Flag ${flag.key} ${done}.`, isUndo ? undefined : undo);
    } catch (error) {
      if (isHeld(error)) {
        void queries.invalidateQueries({ queryKey: ["change requests"] });
        say(`Somebody else has to approve this first. Nothing has changed yet.`);
      } else {
        say(error instanceof Error ? error.message : "That did not work.");
        void queries.invalidateQueries({ queryKey: ["flag", path.project_id, flag.id] });
      }
    }
  };
  return turn;
}

/** Whether a change waits for somebody's approval rather than being refused. */
export function isHeld(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    (error.code === "approval_required" || error.code === "change_request_pending")
  );
}
