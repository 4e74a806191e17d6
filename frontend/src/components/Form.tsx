/** Sending what a form holds: one request at a time, refusals told where they belong. */
import { useState, type FormEvent, type ReactNode } from "react";

import { ApiError } from "../api/client";
import styles from "./Form.module.css";

/** What the server has against a field, and against the whole. */
export interface Refusals {
  of: (field: string) => string | null;
  /** Against nothing that the form shows. */
  other: string | null;
}

interface Sending {
  isSending: boolean;
  refusals: Refusals;
  send: () => Promise<void>;
}

/**
 * Sends by `act`; a refusal about one of the fields stands at that field, any other above the
 * form. What was typed stays in either case.
 */
export function useSending(act: () => Promise<unknown>, fields: readonly string[]): Sending {
  const [isSending, setIsSending] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const send = async () => {
    if (isSending) return;
    setIsSending(true);
    setError(null);
    try {
      await act();
    } catch (refused) {
      setError(refused instanceof Error ? refused : new Error(String(refused)));
    } finally {
      setIsSending(false);
    }
  };
  return { isSending, refusals: refusalsOf(error, fields), send };
}

export function refusalsOf(error: Error | null, fields: readonly string[]): Refusals {
  const attr = error instanceof ApiError ? (error.attr?.split("__")[0] ?? null) : null;
  const isShown = attr !== null && fields.includes(attr);
  return {
    of: (field) => (error && isShown && attr === field ? error.message : null),
    other: error && !isShown ? error.message : null,
  };
}

interface Props {
  onSend: () => void;
  refusals: Refusals;
  children: ReactNode;
}

export function Form({ onSend, refusals, children }: Props) {
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    onSend();
  };
  return (
    <form className={styles.form} onSubmit={onSubmit} noValidate>
      {refusals.other && (
        <div role="alert" className={styles.refusal}>
          <strong>That did not work.</strong> {refusals.other}
        </div>
      )}
      {children}
    </form>
  );
}
