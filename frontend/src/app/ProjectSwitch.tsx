import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import {
  Button as AriaButton,
  Header,
  Menu,
  MenuItem,
  MenuSection,
  MenuTrigger,
  Popover,
  Separator,
} from "react-aria-components";
import { useLocation } from "wouter";

import { api, call, type Schemas } from "../api/client";
import { Button } from "../components/Button";
import { Dialog } from "../components/Dialog";
import { TextField } from "../components/Fields";
import { Form, useSending } from "../components/Form";
import { SecretValue } from "../components/SecretValue";
import menu from "../components/Menu.module.css";
import { usePreferences } from "../components/preferences";
import { PROJECTS_KEY, useProject, type Project } from "./project";
import styles from "./Menus.module.css";

/** The project of the page, and the way to another one. */
export function ProjectSwitch({ projects }: { projects: readonly Project[] }) {
  const project = useProject();
  const [, go] = useLocation();
  const { isRailNarrow } = usePreferences();
  const [isMaking, setIsMaking] = useState(false);
  return (
    <>
      <MenuTrigger>
        <AriaButton className={`${styles.project} ${isRailNarrow ? styles.isNarrow : ""}`}>
          <img src="/favicon.svg" alt="" width="20" height="20" />
          <span className="visually-hidden">Project:</span>
          <span className={styles.name}>{project.name}</span>
          <span className={styles.arrow} aria-hidden="true">
            ▾
          </span>
        </AriaButton>
        <Popover className={menu.popover ?? ""} placement="bottom start">
          <Menu className={`${menu.menu} ${styles.scrolling}`}>
            <MenuSection selectionMode="single" selectedKeys={[String(project.id)]}>
              <Header className={styles.header}>Projects</Header>
              {projects.map((one) => (
                <MenuItem
                  key={one.id}
                  id={String(one.id)}
                  textValue={one.name}
                  className={`${menu.item} ${styles.item}`}
                  onAction={() => go(`~/project/${one.id}`)}
                >
                  {one.name}
                </MenuItem>
              ))}
            </MenuSection>
            <Separator className={styles.line} />
            <MenuItem className={menu.item ?? ""} onAction={() => setIsMaking(true)}>
              New project…
            </MenuItem>
          </Menu>
        </Popover>
      </MenuTrigger>
      {isMaking && <NewProject onClose={() => setIsMaking(false)} />}
    </>
  );
}

function NewProject({ onClose }: { onClose: () => void }) {
  const [, go] = useLocation();
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [made, setMade] = useState<Schemas["NewProjectBody"] | null>(null);
  const { isSending, refusals, send } = useSending(async () => {
    setMade(await call(api.POST("/api/projects/", { body: { name } })));
    await queries.invalidateQueries({ queryKey: PROJECTS_KEY });
  }, ["name"]);
  if (made) {
    const open = () => {
      onClose();
      go(`~/project/${made.id}`);
    };
    return (
      <Dialog title={`${made.name} is made`} isOpen onClose={open} dismissLabel="Open it">
        <SecretValue
          label="Project secret key"
          value={made.secret_api_token}
          help="Shown this once. For servers that evaluate flags by themselves."
        />
        <SecretValue label="Project token" value={made.api_token} help="For SDKs." />
      </Dialog>
    );
  }
  return (
    <Dialog
      title="New project"
      isOpen
      onClose={onClose}
      actions={
        <Button look="primary" onPress={send} isPending={isSending}>
          Make project
        </Button>
      }
    >
      <p>A project has flags, events and experiments of its own, and a token for its SDKs.</p>
      <Form onSend={send} refusals={refusals}>
        <TextField
          label="Name"
          value={name}
          onChange={setName}
          error={refusals.of("name")}
          autoFocus
        />
      </Form>
    </Dialog>
  );
}
