/** What stands where content will be, is not, or could not be had. */
import type { ReactNode } from "react";

import { ApiError } from "../api/client";
import { Button } from "./Button";
import styles from "./States.module.css";

interface EmptyProps {
  title: string;
  /** Why it is empty, and what will be here. */
  children: ReactNode;
  /** The next step. */
  action?: ReactNode;
}

export function EmptyState({ title, children, action }: EmptyProps) {
  return (
    <section className={styles.empty}>
      <h2>{title}</h2>
      <div className={styles.text}>{children}</div>
      {action && <div className={styles.actions}>{action}</div>}
    </section>
  );
}

interface ErrorProps {
  error: Error;
  onRetry?: () => void;
  /** What still holds although this failed. */
  reassurance?: string;
}

export function ErrorState({ error, onRetry, reassurance }: ErrorProps) {
  return (
    <section className={styles.error} role="alert">
      <strong>{headline(error)}</strong>
      <p>{error.message}</p>
      {reassurance && <p>{reassurance}</p>}
      {onRetry && (
        <Button onPress={onRetry} isSmall>
          Try again
        </Button>
      )}
    </section>
  );
}

function headline(error: Error): string {
  if (!(error instanceof ApiError)) return "This page failed.";
  if (error.status === 0) return "The server cannot be reached.";
  if (error.status === 403) return "You may not see or do this.";
  if (error.status === 404) return "This does not exist.";
  if (error.code === "query_resource_limit_exceeded") return "This took too long and was stopped.";
  if (error.status >= 500) return "The server failed.";
  return "This was refused.";
}

interface SkeletonProps {
  /** In pixels: the height that the content will have. */
  height?: number;
  width?: string;
}

export function Skeleton({ height = 16, width = "100%" }: SkeletonProps) {
  return <span className={styles.skeleton} style={{ height, width }} aria-hidden="true" />;
}

export function PageSkeleton() {
  return (
    <div className={styles.page} role="status">
      <span className="visually-hidden">Loading</span>
      <Skeleton height={32} width="40%" />
      <Skeleton height={18} width="65%" />
      <Skeleton height={220} />
    </div>
  );
}
