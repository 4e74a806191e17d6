/** An experiment for whoever has the link: nobody has to be signed in, and nothing can be changed. */
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";

import { api, ApiError, call, type Schemas } from "../api/client";
import { date } from "../components/format";
import { EmptyState, ErrorState, PageSkeleton } from "../components/States";
import { Report, type Reported } from "./Report";
import styles from "./Report.module.css";

type Shared = Schemas["SharedBody"] & Reported;

export default function SharedPage({ token }: { token: string }) {
  const shared = useQuery({
    queryKey: ["shared", token],
    queryFn: async () =>
      (await call(
        api.GET("/api/shared/{token}/", { params: { path: { token } } }),
      )) as unknown as Shared,
  });
  useEffect(() => {
    // The address is a secret: it is neither to be found nor told to others.
    const meta = document.createElement("meta");
    meta.name = "robots";
    meta.content = "noindex, nofollow";
    document.head.append(meta);
    return () => meta.remove();
  }, []);
  const name = shared.data?.name;
  useEffect(() => {
    document.title = `${name ?? "Shared experiment"} · splitplot`;
  }, [name]);
  return (
    <main className={styles.page}>
      {shared.error ? (
        <Failure error={shared.error} onRetry={() => void shared.refetch()} />
      ) : shared.data ? (
        <>
          <Report reported={shared.data} />
          <footer className={styles.foot}>
            Read-only, until {date(shared.data.expires_at)}. Made with splitplot.
          </footer>
        </>
      ) : (
        <PageSkeleton />
      )}
    </main>
  );
}

function Failure({ error, onRetry }: { error: Error; onRetry: () => void }) {
  if (error instanceof ApiError && error.status === 404) {
    return (
      <EmptyState title="This link leads nowhere">
        It has expired, was taken back, or is not whole. Whoever sent it can make another one.
      </EmptyState>
    );
  }
  return <ErrorState error={error} onRetry={onRetry} />;
}
