import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import {
  Autocomplete,
  Dialog,
  Header,
  Input,
  Menu,
  MenuItem,
  MenuSection,
  Modal,
  ModalOverlay,
  SearchField,
} from "react-aria-components";
import { useLocation } from "wouter";

import { api, call } from "../api/client";
import overlay from "../components/Dialog.module.css";
import { Icon, type IconName } from "../components/Icon";
import styles from "./Palette.module.css";
import { useProjectPath, type Project } from "./project";
import { SECTIONS } from "./sections";

interface Entry {
  href: string;
  label: string;
  note?: string;
  icon: IconName;
}

interface Group {
  title: string;
  entries: readonly Entry[];
}

interface Props {
  projects: readonly Project[];
  onClose: () => void;
}

/** Everything that can be gone to, found by typing. */
export default function Palette({ projects, onClose }: Props) {
  const [text, setText] = useState("");
  const [, go] = useLocation();
  const groups = [...pages(text, projects), ...useFound(useDeferredValue(text.trim()))];
  const open = (href: string) => {
    onClose();
    go(href);
  };
  return (
    <ModalOverlay
      isOpen
      isDismissable
      onOpenChange={(next) => !next && onClose()}
      className={overlay.overlay ?? ""}
    >
      <Modal className={overlay.modal ?? ""}>
        <Dialog aria-label="Search" className={styles.dialog ?? ""}>
          <Autocomplete inputValue={text} onInputChange={setText} disableVirtualFocus={false}>
            <SearchField aria-label="Search" autoFocus className={styles.field ?? ""}>
              <Icon name="search" />
              <Input
                className={styles.input}
                placeholder="Page, experiment, flag or metric"
              />
            </SearchField>
            <Menu
              aria-label="Found"
              className={styles.list ?? ""}
              onAction={(key) => open(String(key))}
              renderEmptyState={() => <p className={styles.empty}>Nothing has this in its name.</p>}
            >
              {groups
                .filter((group) => group.entries.length > 0)
                .map((group) => (
                  <MenuSection key={group.title}>
                    <Header className={styles.header}>{group.title}</Header>
                    {group.entries.map((entry) => (
                      <EntryItem key={entry.href} entry={entry} />
                    ))}
                  </MenuSection>
                ))}
            </Menu>
          </Autocomplete>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function EntryItem({ entry }: { entry: Entry }) {
  return (
    <MenuItem id={entry.href} textValue={entry.label} className={styles.item ?? ""}>
      <Icon name={entry.icon} />
      <span className={styles.label}>{entry.label}</span>
      {entry.note && <span className={styles.note}>{entry.note}</span>}
    </MenuItem>
  );
}

const has = (label: string, text: string) => label.toLowerCase().includes(text.trim().toLowerCase());

function pages(text: string, projects: readonly Project[]): Group[] {
  const own: Entry[] = [
    ...SECTIONS,
    { href: "/experiments/new", label: "New experiment", icon: "experiments" },
    { href: "/settings/members", label: "Members and roles", icon: "settings" },
    { href: "/settings/keys", label: "API keys", icon: "settings" },
    { href: "/settings/approvals", label: "Approval policies", icon: "settings" },
  ];
  const others = projects.map((project) => ({
    href: `~/project/${project.id}`,
    label: `Project ${project.name}`,
    icon: "home" as const,
  }));
  return [
    { title: "Pages", entries: own.filter((one) => has(one.label, text)) },
    { title: "Projects", entries: text ? others.filter((one) => has(one.label, text)) : [] },
  ];
}

const MOST = "6";

/** What the server finds; nothing is asked before something is typed. */
function useFound(text: string): Group[] {
  const path = useProjectPath();
  const params = { path, query: { search: text, limit: MOST } };
  const found = useQuery({
    queryKey: ["palette", path.project_id, text],
    enabled: text !== "",
    placeholderData: (before) => before,
    queryFn: async () => {
      const [experiments, flags, metrics] = await Promise.all([
        call(api.GET("/api/projects/{project_id}/experiments/", { params })),
        call(api.GET("/api/projects/{project_id}/feature_flags/", { params })),
        call(api.GET("/api/projects/{project_id}/experiment_saved_metrics/", { params })),
      ]);
      return { experiments, flags, metrics };
    },
  });
  if (!text || !found.data) return [];
  const { experiments, flags, metrics } = found.data;
  return [
    {
      title: "Experiments",
      entries: experiments.results.map((one) => ({
        href: `/experiments/${one.id}`,
        label: one.name,
        note: one.status.replace("_", " "),
        icon: "experiments",
      })),
    },
    {
      title: "Flags",
      entries: flags.results.map((one) => ({
        href: `/feature_flags/${one.id}`,
        label: one.key,
        note: one.active ? "on" : "off",
        icon: "flags",
      })),
    },
    {
      title: "Metrics",
      entries: metrics.results.map((one) => ({
        href: `/experiments/shared-metrics/${one.id}`,
        label: one.name,
        icon: "metrics",
      })),
    },
  ];
}
