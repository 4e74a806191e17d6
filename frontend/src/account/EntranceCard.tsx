import { useEffect, type ReactNode } from "react";

import styles from "./Entrance.module.css";

interface Props {
  title: string;
  lead: ReactNode;
  isWide?: boolean;
  children: ReactNode;
}

/** The frame of everything that is seen before the shell. */
export function EntranceCard({ title, lead, isWide = false, children }: Props) {
  useEffect(() => {
    document.title = `${title} · splitplot`;
  }, [title]);
  return (
    <main className={styles.screen}>
      <div className={`${styles.card} ${isWide ? styles.wide : ""}`}>
        <div className={styles.brand}>
          <img src="/favicon.svg" alt="" />
          splitplot
        </div>
        <h1 className={styles.title}>{title}</h1>
        <p className={styles.lead}>{lead}</p>
        {children}
      </div>
    </main>
  );
}
