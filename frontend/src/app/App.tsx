import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { I18nProvider } from "react-aria-components";

import { ApiError } from "../api/client";
import { ErrorState } from "../components/States";
import { Toasts } from "../components/Toasts";
import { Routes } from "./routes";
import { Entrance } from "../account/Entrance";
import { SessionContext, useReadSession } from "./session";

const MINUTE = 60_000;

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: MINUTE / 2,
      // What the server refused once, it refuses again; what it did not answer may come back.
      retry: (failures, error) =>
        failures < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
    },
  },
});

export function App() {
  return (
    <QueryClientProvider client={queries}>
      <I18nProvider>
        <Entered />
        <Toasts />
      </I18nProvider>
    </QueryClientProvider>
  );
}

/** The pages, once somebody is signed in; else the way in. */
function Entered() {
  const session = useReadSession();
  if (session.error) return <ErrorState error={session.error} onRetry={() => session.refetch()} />;
  if (!session.data) return null;
  if (!session.data.user) return <Entrance isSetUp={session.data.is_set_up} />;
  return (
    <SessionContext value={session.data}>
      <Routes />
    </SessionContext>
  );
}
