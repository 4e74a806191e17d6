import { lazy, Suspense, useEffect, useState, type ReactNode } from "react";
import { Redirect, useLocation } from "wouter";

import { EmptyState, ErrorState, PageSkeleton } from "../components/States";
import { TITLE_ID } from "../components/Page";
import { usePreferences } from "../components/preferences";
import { useShortcutKeys } from "../components/shortcuts";
import { useCommandKey, useShellShortcuts } from "./keyboard";
import { NotFound } from "./NotFound";
import { ProjectContext, rememberedProject, rememberProject, useProjects } from "./project";
import { Rail } from "./Rail";
import styles from "./Shell.module.css";

const Palette = lazy(() => import("./Palette"));
const KeyboardHelp = lazy(() => import("./KeyboardHelp"));

type Overlay = "palette" | "help" | null;

/** The frame around the pages of one project. */
export function ProjectShell({ id, children }: { id: string; children: ReactNode }) {
  const projects = useProjects();
  useEffect(() => rememberProject(id), [id]);
  if (projects.error && !projects.data) {
    return <ErrorState error={projects.error} onRetry={projects.refetch} />;
  }
  if (!projects.data) return <PageSkeleton />;
  const project = projects.data.results.find((one) => String(one.id) === id);
  if (!project) return <UnknownProject />;
  return (
    <ProjectContext value={project}>
      <Frame projects={projects.data.results}>{children}</Frame>
    </ProjectContext>
  );
}

function Frame({
  projects,
  children,
}: {
  projects: NonNullable<ReturnType<typeof useProjects>["data"]>["results"];
  children: ReactNode;
}) {
  const [overlay, setOverlay] = useState<Overlay>(null);
  const { isRailNarrow } = usePreferences();
  const close = () => setOverlay(null);
  useShortcutKeys();
  useShellShortcuts(() => setOverlay("help"), () => setOverlay("palette"));
  useCommandKey(() => setOverlay((before) => (before === "palette" ? null : "palette")));
  return (
    <>
      <a className={styles.skip} href="#content">
        Skip to content
      </a>
      <div className={`${styles.shell} ${isRailNarrow ? styles.narrowRail : ""}`}>
        <Rail
          projects={projects}
          onSearch={() => setOverlay("palette")}
          onHelp={() => setOverlay("help")}
        />
        <main id="content" tabIndex={-1} aria-labelledby={TITLE_ID} className={styles.content}>
          {children}
        </main>
      </div>
      <Suspense fallback={null}>
        {overlay === "palette" && <Palette projects={projects} onClose={close} />}
        {overlay === "help" && <KeyboardHelp onClose={close} />}
      </Suspense>
    </>
  );
}

function UnknownProject() {
  return (
    <main className={styles.content}>
      <EmptyState title="There is no such project" action={<a href="/">Go to your projects</a>}>
        It may have been deleted, or you may not see it.
      </EmptyState>
    </main>
  );
}

/** Leads an address without a project to the project that was used last, or the first one. */
export function PickProject() {
  const projects = useProjects();
  const [location] = useLocation();
  if (projects.error) return <ErrorState error={projects.error} onRetry={projects.refetch} />;
  if (!projects.data) return <PageSkeleton />;
  const kept = rememberedProject();
  const ids = projects.data.results.map((project) => String(project.id));
  const id = kept && ids.includes(kept) ? kept : ids[0];
  if (!id) return <NotFound />;
  const search = window.location.search;
  return <Redirect to={`/project/${id}${location === "/" ? "" : location}${search}`} replace />;
}
