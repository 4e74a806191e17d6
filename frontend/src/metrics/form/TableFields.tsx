import { ComboField } from "../../components/ComboField";
import { Select } from "../../components/Fields";
import type { MetricNode } from "../document";
import { useTables } from "./sources";

interface Props {
  node: MetricNode;
  onChange: (next: MetricNode) => void;
  error: string | undefined;
}

const JOINED_BY = [
  { id: "distinct_id", remark: "The id under which the exposure was captured" },
  { id: "person_id", remark: "The person behind it" },
];

/** Which rows of a table are a unit's. */
export function TableFields({ node, onChange, error }: Props) {
  const tables = useTables();
  const columns = (tables.find((one) => one.name === node.table_name)?.columns ?? []).map((one) => ({
    id: one.name,
    label: one.name,
  }));
  return (
    <>
      <Select
        label="Table"
        value={node.table_name || null}
        onChange={(table_name) =>
          onChange({ ...node, table_name, timestamp_field: "", data_warehouse_join_key: "" })
        }
        options={tables.map((one) => ({ id: one.name, label: one.name }))}
        error={error}
      />
      <Select
        label="Column that says when"
        value={node.timestamp_field || null}
        onChange={(timestamp_field) => onChange({ ...node, timestamp_field })}
        options={columns}
      />
      <Select
        label="Column that says whose"
        value={node.data_warehouse_join_key || null}
        onChange={(key) => onChange({ ...node, data_warehouse_join_key: key })}
        options={columns}
      />
      <ComboField
        label="Equals, of the exposure"
        help="Or properties.name for a property of the exposure event."
        value={node.events_join_key ?? ""}
        onChange={(events_join_key) => onChange({ ...node, events_join_key })}
        suggestions={JOINED_BY}
      />
    </>
  );
}
