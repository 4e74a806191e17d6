/** Which columns are shown, and views that were kept under a name. */
import { useState } from "react";
import { Button as AriaButton, Dialog as AriaDialog, DialogTrigger, Popover } from "react-aria-components";
import { useLocation } from "wouter";

import { Button } from "../../components/Button";
import button from "../../components/Button.module.css";
import { Dialog } from "../../components/Dialog";
import { Checkbox, TextField } from "../../components/Fields";
import { Menu } from "../../components/Menu";
import { say } from "../../components/Toasts";
import { useProject } from "../../app/project";
import styles from "./List.module.css";
import { addressOf, COLUMNS, keepViews, savedViews, type View } from "./view";

interface Props {
  view: View;
  onChange: (change: Partial<View>) => void;
}

export function ColumnChooser({ view, onChange }: Props) {
  return (
    <DialogTrigger>
      <AriaButton className={`${button.button} ${button.plain}`}>Columns</AriaButton>
      <Popover className={styles.popover ?? ""}>
        <AriaDialog aria-label="Columns" className={styles.columns ?? ""}>
          {COLUMNS.map(({ id, title }) => (
            <Checkbox
              key={id}
              isSelected={view.columns.includes(id)}
              onChange={(isShown) =>
                onChange({
                  page: view.page,
                  columns: isShown
                    ? COLUMNS.map((column) => column.id).filter(
                        (one) => one === id || view.columns.includes(one),
                      )
                    : view.columns.filter((one) => one !== id),
                })
              }
            >
              {title}
            </Checkbox>
          ))}
        </AriaDialog>
      </Popover>
    </DialogTrigger>
  );
}

export function SavedViews({ view }: { view: View }) {
  const project = String(useProject().id);
  const [, go] = useLocation();
  const [views, setViews] = useState(() => savedViews(project));
  const [isNaming, setNaming] = useState(false);
  const address = addressOf({ ...view, page: 1 }).toString();
  const current = views.find((one) => one.address === address);
  const face = current ? `View: ${current.name}` : "Views";
  const keep = (next: typeof views) => {
    keepViews(project, next);
    setViews(next);
  };
  return (
    <>
      <Menu
        label={face}
        face={face}
        actions={[
          { id: "all", label: "All experiments", onAction: () => go("/experiments") },
          ...views.map((one) => ({
            id: `view ${one.name}`,
            label: one.name,
            onAction: () => go(`/experiments?${one.address}`),
          })),
          { id: "save", label: "Save this view…", onAction: () => setNaming(true) },
          ...(current
            ? [
                {
                  id: "forget",
                  label: `Forget “${current.name}”`,
                  onAction: () => keep(views.filter((one) => one !== current)),
                },
              ]
            : []),
        ]}
      />
      {isNaming && (
        <NameDialog
          onClose={() => setNaming(false)}
          onName={(name) => {
            keep([...views.filter((one) => one.name !== name), { name, address }]);
            say(`Saved the view “${name}” in this browser.`);
          }}
        />
      )}
    </>
  );
}

function NameDialog({ onClose, onName }: { onClose: () => void; onName: (name: string) => void }) {
  const [name, setName] = useState("");
  const save = () => {
    onName(name.trim());
    onClose();
  };
  return (
    <Dialog
      title="Save this view"
      isOpen
      onClose={onClose}
      actions={
        <Button look="primary" isDisabled={name.trim() === ""} onPress={save}>
          Save view
        </Button>
      }
    >
      <TextField
        label="Name"
        value={name}
        onChange={setName}
        autoFocus
        help="Filters, order and columns are kept in this browser. The address can be shared too."
      />
    </Dialog>
  );
}
