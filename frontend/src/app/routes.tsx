/** Every page and its address, below `/project/:id`. Each is loaded when it is first shown. */
import { lazy, Suspense, type ComponentType } from "react";
import { Redirect, Route, Switch } from "wouter";

import { PageSkeleton } from "../components/States";
import { ErrorBoundary } from "./ErrorBoundary";
import { NotFound } from "./NotFound";
import { PickProject, ProjectShell } from "./Shell";

type Page = ComponentType;

const page = (load: () => Promise<{ default: Page }>) => lazy(load);

/** Longer addresses stand before the shorter ones that they begin with. */
export const PAGES: readonly (readonly [path: string, page: Page])[] = [
  ["/", page(() => import("../home/HomePage"))],
  ["/experiments", page(() => import("../experiments/list/ListPage"))],
  ["/experiments/new", page(() => import("../experiments/create/CreatePage"))],
  ["/experiments/shared-metrics", page(() => import("../metrics/MetricsPage"))],
  ["/experiments/shared-metrics/:id", page(() => import("../metrics/MetricPage"))],
  ["/experiments/holdouts", page(() => import("../holdouts/HoldoutsPage"))],
  ["/experiments/holdouts/:id", page(() => import("../holdouts/HoldoutPage"))],
  ["/experiments/:id/edit", page(() => import("../experiments/create/CreatePage"))],
  ["/experiments/:id/end", page(() => import("../experiments/ending/EndingPage"))],
  ["/experiments/:id/print", page(() => import("../experiments/print/PrintPage"))],
  [
    "/experiments/:id/metrics/:metric/:view?",
    page(() => import("../experiments/metric/MetricResultPage")),
  ],
  ["/experiments/:id/:tab?", page(() => import("../experiments/page/ExperimentPage"))],
  ["/feature_flags", page(() => import("../flags/FlagsPage"))],
  ["/feature_flags/:id/:tab?", page(() => import("../flags/FlagPage"))],
  ["/events", page(() => import("../events/EventsPage"))],
  ["/approvals", page(() => import("../approvals/ApprovalsPage"))],
  ["/settings/:section?", page(() => import("../settings/SettingsPage"))],
  ["/gallery", page(() => import("../gallery/GalleryPage"))],
];

export function Routes() {
  return (
    <Switch>
      <Route path="/project/:project" nest>
        {({ project }) => (
          <ProjectShell id={project}>
            <ErrorBoundary>
              <Suspense fallback={<PageSkeleton />}>
                <Switch>
                  {PAGES.map(([path, Page]) => (
                    <Route key={path} path={path} component={Page} />
                  ))}
                  <Route component={NotFound} />
                </Switch>
              </Suspense>
            </ErrorBoundary>
          </ProjectShell>
        )}
      </Route>
      {/* An address without a project is one of the project used last. */}
      <Route path="/*?">{() => <PickProject />}</Route>
      <Redirect to="/" />
    </Switch>
  );
}
