import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { I18nProvider } from "react-aria-components";
import { Route, Switch } from "wouter";

import { Entrance } from "../account/Entrance";
import { Invitation } from "../account/Invitation";
import { ApiError } from "../api/client";
import { Announcer } from "../components/announce";
import { ErrorState, PageSkeleton } from "../components/States";
import { Toasts } from "../components/Toasts";
import { Connection } from "./Connection";
import { Routes } from "./routes";
import { SessionContext, useReadSession } from "./session";

const SharedPage = lazy(() => import("../shared/SharedPage"));
const MINUTE = 60_000;

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: MINUTE / 2,
      // The server may be on this machine, so being offline says nothing.
      networkMode: "always",
      // What the server refused once, it refuses again; what it did not answer may come back.
      retry: (failures, error) =>
        failures < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
    },
    mutations: { networkMode: "always" },
  },
});

export function App() {
  return (
    <QueryClientProvider client={queries}>
      <I18nProvider>
        <Switch>
          <Route path="/shared/:token">
            {({ token }) => (
              <Suspense fallback={<PageSkeleton />}>
                <SharedPage token={token} />
              </Suspense>
            )}
          </Route>
          <Route path="/invites/:token">{({ token }) => <Invitation token={token} />}</Route>
          <Route>
            <Entered />
          </Route>
        </Switch>
        <Toasts />
        <Announcer />
      </I18nProvider>
    </QueryClientProvider>
  );
}

/** The pages, once somebody is signed in; else the way in. */
function Entered() {
  const session = useReadSession();
  if (session.data?.user) {
    return (
      <SessionContext value={session.data}>
        <Connection />
        <Routes />
      </SessionContext>
    );
  }
  if (session.data) return <Entrance isSetUp={session.data.is_set_up} />;
  if (session.error) return <ErrorState error={session.error} onRetry={() => session.refetch()} />;
  return <PageSkeleton />;
}
