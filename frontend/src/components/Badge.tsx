import type { ReactNode } from "react";

import styles from "./Badge.module.css";

export type Tone = "neutral" | "better" | "worse" | "fine" | "caution" | "danger";

interface Props {
  tone?: Tone;
  /** Says without colour what the colour says. */
  symbol?: string;
  children: ReactNode;
}

export function Badge({ tone = "neutral", symbol, children }: Props) {
  return (
    <span className={`${styles.badge} ${styles[tone]}`}>
      {symbol && <span aria-hidden="true">{symbol}</span>}
      {children}
    </span>
  );
}

interface BannerProps {
  tone?: Tone;
  title?: string;
  children: ReactNode;
  action?: ReactNode;
}

/** A remark about the whole page. */
export function Banner({ tone = "neutral", title, children, action }: BannerProps) {
  return (
    <div className={`${styles.banner} ${styles[tone]}`} role={tone === "danger" ? "alert" : "status"}>
      <div>
        {title && <strong>{title} </strong>}
        {children}
      </div>
      {action}
    </div>
  );
}
