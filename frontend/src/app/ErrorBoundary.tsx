import { Component, type ReactNode } from "react";

import { ErrorState } from "../components/States";

interface Props {
  children: ReactNode;
}

/** Keeps the rest of the window when a page fails, or its script cannot be loaded. */
export class ErrorBoundary extends Component<Props, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    return <ErrorState error={error} onRetry={() => window.location.reload()} />;
  }
}
