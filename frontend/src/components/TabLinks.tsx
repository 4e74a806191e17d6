/** The parts of a page, each with an address of its own. */
import { Link } from "wouter";

import styles from "./TabLinks.module.css";

export interface Tab {
  id: string;
  href: string;
  label: string;
  /** How many things behind it want attention. */
  count?: number | undefined;
}

export function TabLinks({ label, tabs, here }: { label: string; tabs: readonly Tab[]; here: string }) {
  return (
    <nav aria-label={label} className={styles.tabs}>
      {tabs.map(({ id, href, label: name, count }) => (
        <Link key={id} href={href} className={styles.tab} aria-current={id === here ? "page" : undefined}>
          {name}
          {count ? <span className={styles.count}>{count}</span> : null}
        </Link>
      ))}
    </nav>
  );
}
