import type { ComponentType } from "react";
import { Link, useParams } from "wouter";

import { NotFound } from "../app/NotFound";
import { Page } from "../components/Page";
import { About } from "./About";
import { AccessRules } from "./AccessRules";
import { ApprovalPolicies } from "./ApprovalPolicies";
import { Members } from "./Members";
import { PersonalKeys } from "./PersonalKeys";
import { ProjectSettings } from "./ProjectSettings";
import { Profile } from "./Profile";
import { Roles } from "./Roles";
import styles from "./Settings.module.css";

interface Section {
  id: string;
  label: string;
  content: ComponentType;
}

const SECTIONS: readonly Section[] = [
  { id: "project", label: "Project", content: ProjectSettings },
  { id: "members", label: "Members", content: Members },
  { id: "roles", label: "Roles", content: Roles },
  { id: "access", label: "Access rules", content: AccessRules },
  { id: "keys", label: "API keys", content: PersonalKeys },
  { id: "approvals", label: "Approval policies", content: ApprovalPolicies },
  { id: "profile", label: "Your account", content: Profile },
  { id: "about", label: "About", content: About },
];

export default function SettingsPage() {
  const { section = "project" } = useParams<{ section?: string }>();
  const shown = SECTIONS.find((one) => one.id === section);
  if (!shown) return <NotFound />;
  const Content = shown.content;
  return (
    <Page title="Settings">
      <div className={styles.columns}>
        <nav aria-label="Settings">
          <ul className={styles.sections}>
            {SECTIONS.map(({ id, label }) => (
              <li key={id}>
                <Link
                  href={`/settings/${id}`}
                  className={styles.section}
                  aria-current={id === section ? "page" : undefined}
                >
                  {label}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <div className={styles.content}>
          <Content />
        </div>
      </div>
    </Page>
  );
}
