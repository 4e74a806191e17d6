/** Asks what somebody would get, and why: the server's own decision, taken apart. */
import { useState } from "react";

import { api, ApiError, call, type Schemas } from "../api/client";
import { useProjectPath } from "../app/project";
import { Badge } from "../components/Badge";
import { Button } from "../components/Button";
import { TextField } from "../components/Fields";
import { Form, useSending } from "../components/Form";
import { Panel } from "../components/Page";
import { filterInWords, valueInWords } from "../filters/words";
import { Line } from "./Line";
import { filtersOf, type Flag, type FlagFilters } from "./model";
import styles from "./Playground.module.css";

type Explanation = Schemas["FlagExplanationBody"];
type Condition = Schemas["ExplainedConditionBody"];

const EXAMPLE = '{\n  "plan": "pro"\n}';

export function Playground({ flag }: { flag: Flag }) {
  const path = useProjectPath();
  const [distinctId, setDistinctId] = useState("");
  const [properties, setProperties] = useState("");
  const [groups, setGroups] = useState("");
  const [found, setFound] = useState<Explanation | null>(null);
  const ask = async () => {
    const body = {
      distinct_id: distinctId,
      person_properties: objectOf(properties, "person_properties"),
      groups: objectOf(groups, "groups") as Record<string, string>,
    };
    setFound(
      await call(
        api.POST("/api/projects/{project_id}/feature_flags/{flag_id}/explain/", {
          params: { path: { ...path, flag_id: flag.id } },
          body,
        }),
      ),
    );
  };
  const { send, isSending, refusals } = useSending(ask, ["distinct_id", "person_properties", "groups"]);
  const usesGroups = asksForGroups(filtersOf(flag));
  return (
    <div className={styles.columns}>
      <Panel title="Somebody">
        <Form onSend={() => void send()} refusals={refusals}>
          <TextField
            label="Distinct id"
            help="As the code sends it. What is stored about the person counts too."
            value={distinctId}
            onChange={setDistinctId}
            error={refusals.of("distinct_id")}
          />
          <TextField
            label="Properties of the person (JSON)"
            value={properties}
            onChange={setProperties}
            error={refusals.of("person_properties")}
            placeholder={EXAMPLE}
            isMultiline
            rows={6}
          />
          {usesGroups && (
            <TextField
              label="Groups (JSON)"
              help="The type of each group and its key."
              value={groups}
              onChange={setGroups}
              error={refusals.of("groups")}
              placeholder={'{ "company": "acme" }'}
              isMultiline
            />
          )}
          <div>
            <Button type="submit" look="primary" isDisabled={isSending}>
              What do they get?
            </Button>
          </div>
        </Form>
        <p className={styles.remark}>The saved rules answer, not edits that are still unsaved.</p>
      </Panel>
      <div aria-live="polite">{found && <Decision flag={flag} found={found} />}</div>
    </div>
  );
}

function asksForGroups(filters: FlagFilters): boolean {
  const rules = filters.groups ?? [];
  return (
    filters.aggregation_group_type_index != null ||
    rules.some((rule) => rule.aggregation_group_type_index != null) ||
    rules.some((rule) => rule.properties?.some((one) => one.type === "group"))
  );
}

function objectOf(text: string, attr: string): Record<string, unknown> {
  if (text.trim() === "") return {};
  let value: unknown = null;
  try {
    value = JSON.parse(text);
  } catch {
    // Refused below.
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw new ApiError(400, "not_json", "Write a JSON object: names in quotes, values after colons.", attr, null);
  }
  return value as Record<string, unknown>;
}

function Decision({ flag, found }: { flag: Flag; found: Explanation }) {
  return (
    <Panel
      title={
        <>
          They get <span className={styles.answer}>{answerOf(found)}</span>
        </>
      }
      aside={<Badge symbol={found.enabled ? "●" : "○"}>{REASONS[found.reason] ?? found.description}</Badge>}
    >
      {!flag.active && <p>⚠ The flag is off now, so nobody gets it. Once it is on, this holds.</p>}
      <ol className={styles.steps}>
        {found.steps.map((step) => (
          <li key={step.kind} className={styles.step}>
            <h3>
              {step.decides ? "✓ " : ""}
              {STEPS[step.kind]}
              {step.decides ? ": this decides" : ": does not apply"}
            </h3>
            {step.hash_percentage !== null && step.rollout_percentage !== null && (
              <Line
                title="Held out"
                at={step.hash_percentage}
                parts={[{ name: "kept out", from: 0, to: step.rollout_percentage }]}
              />
            )}
          </li>
        ))}
        {found.conditions.map((condition) => (
          <ConditionStep key={condition.index} condition={condition} found={found} />
        ))}
      </ol>
      {found.conditions.length === 0 && found.steps.length === 0 && <p>{found.description}.</p>}
    </Panel>
  );
}

function answerOf(found: Explanation): string {
  if (found.failed) return "no answer";
  if (found.variant !== null) return found.variant;
  return found.enabled ? "on" : "off";
}

const REASONS: Record<string, string> = {
  condition_match: "a rule matches",
  out_of_rollout_bound: "out of the rollout",
  no_condition_match: "no rule matches",
  holdout_condition_value: "kept out by a holdout",
  super_condition_value: "early access decides",
  no_group_type: "no group was given",
  missing_dependency: "another flag is missing",
};

const STEPS = {
  early_access: "Early access",
  super_condition: "Early access (older form)",
  holdout: "Holdout",
} as const;

const OUTCOMES: Record<Condition["outcome"], string> = {
  match: "lets them in",
  out_of_rollout: "fits, but the rollout does not reach them",
  no_match: "does not fit",
  no_unit: "is about a group that was not given",
  failed: "cannot be asked: a cohort does not exist",
};

function ConditionStep({ condition, found }: { condition: Condition; found: Explanation }) {
  const { outcome, is_reached, decides } = condition;
  const symbol = outcome === "match" ? "✓" : outcome === "failed" ? "⚠" : "✕";
  return (
    <li className={styles.step} data-decides={decides || undefined}>
      <h3>
        <span aria-hidden="true">{symbol}</span> Rule {condition.index + 1} {OUTCOMES[outcome]}
        {decides && <strong> — this decides</strong>}
      </h3>
      {!is_reached && <p className={styles.note}>It was not asked: an earlier step decided.</p>}
      {condition.filters.length > 0 && (
        <ul className={styles.filters}>
          {condition.filters.map((filter, at) => (
            <li key={at}>
              <span aria-hidden="true">{filter.holds ? "✓" : filter.holds === null ? "⚠" : "✕"}</span>{" "}
              {filterInWords(filter)}:{" "}
              <strong>{filter.holds ? "yes" : filter.holds === null ? "unknown" : "no"}</strong>
              {isAboutProperty(filter) && (
                <span className={styles.note}>
                  {" "}
                  {filter.is_seen ? `(it is ${valueInWords(filter.value_seen)})` : "(they do not have it)"}
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
      {condition.hash_percentage !== null && (
        <Line
          title={`Rollout of rule ${condition.index + 1}`}
          at={condition.hash_percentage}
          parts={[{ name: "let in", from: 0, to: condition.rollout_percentage }]}
        />
      )}
      {decides && condition.variant_hash_percentage !== null && (
        <Line
          title="Split between the variants"
          at={condition.variant_hash_percentage}
          parts={found.variants.map((one, index) => ({
            name: one.key,
            from: one.start_percentage,
            to: one.end_percentage,
            index,
          }))}
        />
      )}
    </li>
  );
}

const isAboutProperty = (filter: { type: string }) => filter.type === "person" || filter.type === "group";
