import { ComboField } from "../../../components/ComboField";
import { Choice, NumberField, type Option } from "../../../components/Fields";
import { count, NOTHING, number } from "../../../components/format";
import table from "../../../components/Table.module.css";
import { useEventNames } from "../../../events/definitions";
import styles from "../Create.module.css";
import { parametersOf, type Draft } from "../draft";
import { effectOf, type Outlook } from "../outlook";

type Method = "sequential" | "frequentist" | "bayesian";

const METHODS: readonly Option<Method>[] = [
  {
    id: "sequential",
    label: "Look at any time",
    help: "Always-valid intervals: wider, and right however often you look. The usual choice.",
  },
  {
    id: "frequentist",
    label: "Look once, at the planned end",
    help: "Narrower intervals that are right for one look only.",
  },
  {
    id: "bayesian",
    label: "Bayesian",
    help: "Probabilities, with no prior knowledge put in. Stopping early makes more mistakes than they say.",
  },
];

interface StatsConfig {
  method?: string;
  frequentist?: { sequential_testing_enabled?: boolean; [member: string]: unknown };
  [member: string]: unknown;
}

function methodOf(config: StatsConfig): Method {
  if (config.method !== "frequentist") return "bayesian";
  return config.frequentist?.sequential_testing_enabled ? "sequential" : "frequentist";
}

function withMethod(config: StatsConfig, method: Method): StatsConfig {
  if (method === "bayesian") return { ...config, method };
  const frequentist = {
    ...config.frequentist,
    sequential_testing_enabled: method === "sequential",
  };
  return { ...config, method: "frequentist", frequentist };
}

export function Plan({ draft, outlook }: { draft: Draft; outlook: Outlook | undefined }) {
  const { experiment, change, errors } = draft;
  const parameters = parametersOf(experiment);
  const config = experiment.stats_config as StatsConfig;
  const events = useEventNames();
  return (
    <div className={styles.step}>
      <Choice
        label="How results are read"
        value={methodOf(config)}
        onChange={(method) => change({ stats_config: withMethod(config, method) })}
        options={METHODS}
        error={errors["stats_config"]}
      />
      <NumberField
        label="Smallest effect worth finding"
        value={effectOf(experiment) / 100}
        onChange={(share) =>
          share &&
          change({
            parameters: { ...parameters, minimum_detectable_effect: Math.round(share * 1e4) / 100 },
          })
        }
        min={0.001}
        max={10}
        step={0.001}
        format={{ style: "percent", maximumFractionDigits: 1 }}
        help="Relative to what the primary metric is today. Half the effect takes four times as long."
      />
      <ComboField
        label="Whom it is for"
        value={parameters.planning_event ?? ""}
        onChange={(event) =>
          event !== (parameters.planning_event ?? "") &&
          change({ parameters: { ...parameters, planning_event: event || null } })
        }
        suggestions={(events ?? []).map((id) => ({ id }))}
        placeholder="Anybody with any event"
        help="People who had this event in the last 28 days are what the estimate counts: take the
          event that happens where the change will be seen."
      />
      {outlook && outlook.rows.length > 0 && <Matrix outlook={outlook} />}
    </div>
  );
}

function Matrix({ outlook }: { outlook: Outlook }) {
  return (
    <figure className={styles.matrix}>
      <figcaption>
        Smallest effect that is found (power 80%), by running time and share of traffic
      </figcaption>
      <div className={table.frame} tabIndex={0} role="region" aria-label="Detectable effects">
        <table className={styles.matrixTable}>
          <thead>
            <tr>
              <th scope="col">Weeks</th>
              {outlook.traffic_percentages.map((share) => (
                <th key={share} scope="col">
                  {count(share)}%
                  <span className="visually-hidden"> of traffic</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {outlook.rows.map((row) => (
              <tr key={row.weeks}>
                <th scope="row">{row.weeks}</th>
                {row.detectable_effects.map((effect, at) => (
                  <td key={outlook.traffic_percentages[at]}>
                    {effect === null ? NOTHING : `${number(Math.round(effect * 10) / 10)}%`}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  );
}
