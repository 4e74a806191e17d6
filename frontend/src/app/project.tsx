import { createContext, useContext } from "react";

import type { Schemas } from "../api/client";

export type Project = Schemas["ProjectItem"];

export const ProjectContext = createContext<Project | null>(null);

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
