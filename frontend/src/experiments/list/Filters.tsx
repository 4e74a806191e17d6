import { useEffect, useRef, useState } from "react";

import { Button } from "../../components/Button";
import { Select, Switch, TextField, type Option } from "../../components/Fields";
import { useShortcut } from "../../components/shortcuts";
import { STATUS } from "../page/status";
import styles from "./List.module.css";
import { useOwners } from "./useExperiments";
import { isNarrowed, type View } from "./view";

const STATUS_OPTIONS: readonly Option<View["status"]>[] = [
  { id: "all", label: "Any status" },
  ...(Object.keys(STATUS) as (keyof typeof STATUS)[]).map((id) => ({
    id,
    label: STATUS[id].word,
  })),
];
const TYPES: readonly Option<View["type"]>[] = [
  { id: "all", label: "Any type" },
  { id: "product", label: "In code" },
  { id: "web", label: "No-code" },
];
const ANYBODY = "anybody";
const TYPING_PAUSE_MS = 250;

interface Props {
  view: View;
  onChange: (change: Partial<View>) => void;
}

export function Filters({ view, onChange }: Props) {
  const owners = useOwners();
  return (
    <div className={styles.filters} role="search">
      <Search key={view.search === "" ? "empty" : "said"} view={view} onChange={onChange} />
      <Select
        label="Status"
        isLabelHidden
        value={view.status}
        onChange={(status) => onChange({ status })}
        options={STATUS_OPTIONS}
      />
      {owners.length > 0 && (
        <Select
          label="Owner"
          isLabelHidden
          value={view.owner || ANYBODY}
          onChange={(owner) => onChange({ owner: owner === ANYBODY ? "" : owner })}
          options={[{ id: ANYBODY, label: "Any owner" }, ...owners]}
        />
      )}
      <Select
        label="Type"
        isLabelHidden
        value={view.type}
        onChange={(type) => onChange({ type })}
        options={TYPES}
      />
      <Switch isSelected={view.isArchived} onChange={(isArchived) => onChange({ isArchived })}>
        Archived
      </Switch>
      {isNarrowed(view) && (
        <Button
          look="quiet"
          isSmall
          onPress={() =>
            onChange({ search: "", status: "all", owner: "", type: "all", isArchived: false })
          }
        >
          Clear filters
        </Button>
      )}
    </div>
  );
}

/** Asks once the typing pauses. */
function Search({ view, onChange }: Props) {
  const [text, setText] = useState(view.search);
  const field = useRef<HTMLDivElement>(null);
  const latest = useRef(onChange);
  useEffect(() => {
    latest.current = onChange;
  });
  useEffect(() => {
    if (text === view.search) return;
    const timer = setTimeout(() => latest.current({ search: text }), TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, view.search]);
  useShortcut("/", "Search", () => field.current?.querySelector("input")?.focus());
  return (
    <div ref={field} className={styles.search}>
      <TextField
        label="Search experiments"
        isLabelHidden
        type="search"
        placeholder="Search by name  ( / )"
        value={text}
        onChange={setText}
      />
    </div>
  );
}
