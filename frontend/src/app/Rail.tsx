import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Link, useLocation } from "wouter";

import { api, call } from "../api/client";
import { count } from "../components/format";
import { Icon } from "../components/Icon";
import { prefer, usePreferences } from "../components/preferences";
import { useProjectPath, type Project } from "./project";
import { ProjectSwitch } from "./ProjectSwitch";
import styles from "./Rail.module.css";
import { sectionOf, SECTIONS, type Section } from "./sections";
import { UserMenu } from "./UserMenu";

interface Props {
  projects: readonly Project[];
  onSearch: () => void;
  onHelp: () => void;
}

/** Project, search, sections and the user: at the left, or on top of narrow screens. */
export function Rail({ projects, onSearch, onHelp }: Props) {
  const [location] = useLocation();
  const [isOpen, setIsOpen] = useState(false);
  const { isRailNarrow } = usePreferences();
  const waiting = useWaitingApprovals();
  // On a narrow screen the list closes when it has led somewhere.
  useEffect(() => setIsOpen(false), [location]);
  return (
    <header className={`${styles.rail} ${isRailNarrow ? styles.narrow : ""}`}>
      <div className={styles.top}>
        <ProjectSwitch projects={projects} />
        <button
          type="button"
          className={styles.opener}
          aria-expanded={isOpen}
          aria-controls="rail"
          aria-label="Menu"
          onClick={() => setIsOpen(!isOpen)}
        >
          <Icon name="menu" />
        </button>
      </div>
      <div id="rail" className={`${styles.body} ${isOpen ? styles.open : ""}`}>
        <button type="button" className={styles.search} onClick={onSearch}>
          <Icon name="search" />
          <span className={styles.label}>Search</span>
          <kbd className={styles.key} aria-hidden="true">
            {IS_MAC ? "⌘K" : "Ctrl K"}
          </kbd>
        </button>
        <nav aria-label="Main" className={styles.nav}>
          <ul className={styles.sections}>
            {SECTIONS.map((section) => (
              <li key={section.href}>
                <SectionLink
                  section={section}
                  isHere={sectionOf(location) === section.href}
                  waiting={section.href === "/approvals" ? waiting : 0}
                />
              </li>
            ))}
          </ul>
        </nav>
        <div className={styles.foot}>
          <button
            type="button"
            className={styles.collapse}
            aria-pressed={isRailNarrow}
            onClick={() => prefer({ isRailNarrow: !isRailNarrow })}
          >
            <Icon name={isRailNarrow ? "wide" : "narrow"} />
            <span className={styles.label}>Collapse</span>
          </button>
          <UserMenu onHelp={onHelp} />
        </div>
      </div>
    </header>
  );
}

const IS_MAC = /mac/i.test(navigator.platform);

function SectionLink(props: { section: Section; isHere: boolean; waiting: number }) {
  const { section, isHere, waiting } = props;
  return (
    <Link
      href={section.href}
      className={styles.section}
      aria-current={isHere ? "page" : undefined}
      title={section.label}
    >
      <Icon name={section.icon} />
      <span className={styles.label}>{section.label}</span>
      {waiting > 0 && (
        <span className={styles.count}>
          {count(waiting)}
          <span className="visually-hidden"> waiting</span>
        </span>
      )}
    </Link>
  );
}

/** How many changes of the project wait for somebody's approval. */
function useWaitingApprovals(): number {
  const path = useProjectPath();
  const waiting = useQuery({
    queryKey: ["approvals", path.project_id, "waiting"],
    queryFn: () =>
      call(
        api.GET("/api/projects/{project_id}/change_requests/", {
          params: { path, query: { state: "pending", limit: "1" } },
        }),
      ),
    refetchInterval: 60_000,
    // Who may not see approvals is not told that they may not, either.
    retry: false,
  });
  return waiting.data?.count ?? 0;
}
