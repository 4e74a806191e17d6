import { useQuery } from "@tanstack/react-query";
import { useEffect, type ReactNode } from "react";
import { Link, Redirect, useLocation } from "wouter";

import { api, call } from "../api/client";
import { ErrorState, PageSkeleton } from "../components/States";
import { NotFound } from "./NotFound";
import { ProjectContext } from "./project";
import styles from "./Shell.module.css";

const PROJECT_KEPT_AS = "splitplot.project";

export function useProjects() {
  return useQuery({
    queryKey: ["projects"],
    queryFn: () => call(api.GET("/api/projects/")),
  });
}

const SECTIONS = [
  { href: "/", label: "Home" },
  { href: "/experiments", label: "Experiments" },
  { href: "/feature_flags", label: "Flags" },
  { href: "/experiments/shared-metrics", label: "Metrics" },
  { href: "/experiments/holdouts", label: "Holdouts" },
  { href: "/events", label: "Live events" },
  { href: "/approvals", label: "Approvals" },
  { href: "/settings", label: "Settings" },
] as const;

/** The frame around the pages of one project. */
export function ProjectShell({ id, children }: { id: string; children: ReactNode }) {
  const projects = useProjects();
  useEffect(() => localStorage.setItem(PROJECT_KEPT_AS, id), [id]);
  if (projects.error) return <ErrorState error={projects.error} onRetry={projects.refetch} />;
  if (!projects.data) return <PageSkeleton />;
  const project = projects.data.results.find((one) => String(one.id) === id);
  if (!project) return <NotFound />;
  return (
    <ProjectContext value={project}>
      <a className={styles.skip} href="#content">
        Skip to content
      </a>
      <div className={styles.shell}>
        <header className={styles.rail}>
          <Link href="/" className={styles.brand}>
            splitplot
          </Link>
          <nav aria-label="Main">
            <ul className={styles.sections}>
              {SECTIONS.map((section) => (
                <li key={section.href}>
                  <SectionLink {...section} />
                </li>
              ))}
            </ul>
          </nav>
        </header>
        <main id="content" tabIndex={-1} className={styles.content}>
          {children}
        </main>
      </div>
    </ProjectContext>
  );
}

function SectionLink({ href, label }: { href: string; label: string }) {
  const [location] = useLocation();
  const isHere = sectionOf(location) === href;
  return (
    <Link href={href} className={styles.section} aria-current={isHere ? "page" : undefined}>
      {label}
    </Link>
  );
}

/** The section with the longest address that the page's begins with. */
function sectionOf(location: string): string {
  const fitting = SECTIONS.map((one) => one.href).filter(
    (href) => location === href || (href !== "/" && location.startsWith(`${href}/`)),
  );
  return fitting.sort((one, other) => other.length - one.length)[0] ?? "/";
}

/** Leads an address without a project to the project that was used last, or the first one. */
export function PickProject() {
  const projects = useProjects();
  const [location] = useLocation();
  if (projects.error) return <ErrorState error={projects.error} onRetry={projects.refetch} />;
  if (!projects.data) return <PageSkeleton />;
  const kept = localStorage.getItem(PROJECT_KEPT_AS);
  const ids = projects.data.results.map((project) => String(project.id));
  const id = kept && ids.includes(kept) ? kept : ids[0];
  if (!id) return <NotFound />;
  return <Redirect to={`/project/${id}${location === "/" ? "" : location}`} replace />;
}
