import { useEffect, type ReactNode } from "react";
import { Link } from "wouter";

import styles from "./Page.module.css";

interface Props {
  title: string;
  /** From the outermost inwards, without the page itself. */
  trail?: readonly { label: string; href: string }[];
  /** One line under the title. */
  summary?: ReactNode;
  /** Buttons at the title's right. */
  actions?: ReactNode;
  children: ReactNode;
}

/** Names the region that the page stands in. */
export const TITLE_ID = "page-title";

/** The address that had the focus last; the first one keeps the browser's own focus. */
let focusedAt = window.location.pathname;

/** The frame of every page: its title in the window and on top, where it stands, what can be done. */
export function Page({ title, trail = [], summary, actions, children }: Props) {
  useEffect(() => {
    document.title = `${title} · splitplot`;
  }, [title]);
  useEffect(() => {
    // Another page: whoever reads by ear, or by keyboard, starts at its top. The region stays
    // when the page goes: Chromium keeps every page of which a part had the focus.
    if (focusedAt === window.location.pathname) return;
    focusedAt = window.location.pathname;
    document.getElementById("content")?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, []);
  return (
    <>
      <header className={styles.head}>
        <div className={styles.names}>
          {trail.length > 0 && (
            <nav aria-label="Breadcrumbs" className={styles.trail}>
              {trail.map(({ label, href }) => (
                <span key={href}>
                  <Link href={href}>{label}</Link>
                  <span aria-hidden="true"> / </span>
                </span>
              ))}
            </nav>
          )}
          <h1 id={TITLE_ID}>
            {title}
          </h1>
          {summary && <div className={styles.summary}>{summary}</div>}
        </div>
        {actions && <div className={styles.actions}>{actions}</div>}
      </header>
      {children}
    </>
  );
}

interface PanelProps {
  title?: ReactNode;
  /** At the title's right. */
  aside?: ReactNode;
  children: ReactNode;
}

/** A titled part of a page. */
export function Panel({ title, aside, children }: PanelProps) {
  return (
    <section className={styles.panel}>
      {(title || aside) && (
        <div className={styles.panelHead}>
          {title && <h2>{title}</h2>}
          {aside}
        </div>
      )}
      {children}
    </section>
  );
}
