import { useQuery } from "@tanstack/react-query";
import { createContext, useContext } from "react";

import { api, call, type Schemas } from "../api/client";

export type Project = Schemas["ProjectItem"];

export const PROJECTS_KEY = ["projects"];

export const ProjectContext = createContext<Project | null>(null);

/** The projects that the reader may see. */
export function useProjects() {
  return useQuery({
    queryKey: PROJECTS_KEY,
    queryFn: () => call(api.GET("/api/projects/", { params: { query: { limit: "500" } } })),
  });
}

/** The project of the page's address. */
export function useProject(): Project {
  const project = useContext(ProjectContext);
  if (!project) throw new Error("no project");
  return project;
}

/** The path parameter of every request about the project of the page. */
export function useProjectPath(): { project_id: string } {
  return { project_id: String(useProject().id) };
}

const KEPT_AS = "splitplot.project";

export function rememberProject(id: string) {
  try {
    localStorage.setItem(KEPT_AS, id);
  } catch {
    // Storage may be forbidden; then the first project is opened.
  }
}

export function rememberedProject(): string | null {
  try {
    return localStorage.getItem(KEPT_AS);
  } catch {
    return null;
  }
}
