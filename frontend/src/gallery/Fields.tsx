import { useState } from "react";

import { ComboField } from "../components/ComboField";
import { Checkbox, Choice, NumberField, Select, Switch, TextField } from "../components/Fields";
import { Panel } from "../components/Page";
import styles from "./Gallery.module.css";

const OPTIONS = [
  { id: "first", label: "First", help: "The one before all others." },
  { id: "second", label: "Second" },
] as const;

export function Fields() {
  const [text, setText] = useState("Typed");
  const [number, setNumber] = useState<number | null>(12);
  const [chosen, setChosen] = useState<"first" | "second">("first");
  const [isOn, setIsOn] = useState(true);
  const [event, setEvent] = useState("purchase");
  return (
    <Panel title="Fields">
      <div className={styles.grid}>
        <TextField label="Text" value={text} onChange={setText} help="What it is for." />
        <TextField label="Wrong text" value={text} onChange={setText} error="It may not be so." />
        <TextField label="Disabled text" value={text} onChange={setText} isDisabled />
        <TextField label="Long text" value={text} onChange={setText} isMultiline />
        <NumberField label="Number" value={number} onChange={setNumber} min={0} max={100} />
        <Select label="One of many" value={chosen} onChange={setChosen} options={OPTIONS} />
        <Select
          label="Disabled choice"
          value={chosen}
          onChange={setChosen}
          options={OPTIONS}
          isDisabled
        />
        <ComboField
          label="Known or typed"
          value={event}
          onChange={setEvent}
          suggestions={[{ id: "purchase", remark: "seen today" }, { id: "cart viewed" }]}
        />
        <Choice label="One of few" value={chosen} onChange={setChosen} options={OPTIONS} />
        <div className={styles.stack}>
          <Checkbox isSelected={isOn} onChange={setIsOn}>
            Checked or not
          </Checkbox>
          <Checkbox isSelected={false} onChange={setIsOn} isDisabled>
            Cannot be checked
          </Checkbox>
          <Switch isSelected={isOn} onChange={setIsOn}>
            On or off
          </Switch>
        </div>
      </div>
    </Panel>
  );
}
