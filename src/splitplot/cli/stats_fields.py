"""What `splitplot stats` says of its fields; every example line in here is run by a test."""

# A line that holds only this keeps Typer from filling the paragraph after it.
_KEEP = "\b\n"

GROUP = (
    "The statistics engine as a calculator: one JSON object a line on standard input, one "
    "answer a line on standard output. A line that is wrong, or that the data cannot answer, "
    "is answered with a code and a reason; the lines after it are answered all the same."
)

_ANSWERS = (
    _KEEP
    + """\
Every answer begins with the line's id.
  {"id", "undefined", "reason"}  the data cannot answer; undefined is a stable code
  {"id", "error", "reason"}      the line breaks a rule; error is a stable code, id is
                                 null when the line is no JSON object
"""
)

_SUMS = (
    _KEEP
    + """\
Sums of one variant, S:
  {"kind": "mean", "n", "sum", "sum_squares"}
  {"kind": "proportion", "n", "sum"}              sum counts the units that did
  {"kind": "ratio", "n", "sum", "sum_squares", "denominator_sum",
   "denominator_sum_squares", "numerator_denominator_sum_product"}
  n                  units
  denominator_kind   "proportion" when every denominator is 0 or 1; else "mean"
  covariate_sum, covariate_sum_squares, covariate_sum_product
                     of a covariate from before exposure, and its products with the
                     metric, for means and proportions: CUPED
"""
)

COMPARE = "\n\n".join(
    (
        "Compare a treatment with its control.",
        _KEEP
        + """\
Fields of a line:
  id                 anything; comes back with the answer
  treatment          S, required
  control            S, required, of the same kind
  engine             "splitplot" (default): one absolute test on both scales, Fieller's
                     bounds, exact CUPED variance; "posthog": its figures, digit by digit
  method             "bayesian" (default), "frequentist" or "sequential"
  difference_type    "RELATIVE" (default): effects are shares of the control's value, 0.05
                     is 5 % more; "ABSOLUTE": in the metric's unit
  alpha              error rate of frequentist and sequential, in (0, 1); 0.05
  ci_level           of the Bayesian interval, in (0, 1); 0.95
  tuning_parameter   units at which the sequential method is tightest, 1 or more; 5000
  prior              Bayesian, on the scale of the effect: {"mean", "variance", "proper"};
                     without it, or with "proper": false, the prior is flat
""",
        _SUMS,
        _KEEP
        + """\
Fields of an answer, as far as the method defines them:
  effect, variance, standard_error    estimate, or mean of the posterior
  statistic, degrees_of_freedom       frequentist
  p_value                             two-sided; sequential: always-valid
  interval                            [lower, upper]
  chance_to_win                       Bayesian: that the treatment is higher
  risk                                Bayesian: expected loss if you "ship" or "keep"
  log_e_value                         sequential: log of the evidence against no effect
  significant                         by the engine's rule
  theta                               with covariates: the slope
""",
        _ANSWERS,
        _KEEP
        + """\
Example:
  {"id": 1, "method": "frequentist", "difference_type": "ABSOLUTE", \
"treatment": {"kind": "mean", "n": 100, "sum": 550, "sum_squares": 3050}, \
"control": {"kind": "mean", "n": 100, "sum": 500, "sum_squares": 2550}}
""",
    )
)

SRM = "\n\n".join(
    (
        "Test whether units came out in the split they were meant to have.",
        _KEEP
        + """\
Fields of a line:
  id                 anything; comes back with the answer
  observed           {variant: units}, required; a variant that is missing has 0
  expected_share     {variant: share}, required; any positive scale (0.5, 50, 1). Variants
                     that are missing here, or have 0, are left aside
  concentration      how tightly the alternatives of the sequential test lie around the
                     design, above 0; 100
""",
        _KEEP
        + """\
Fields of an answer:
  expected              {variant: units}
  statistic, degrees_of_freedom, p_value    chi-square, for one look
  mismatch              p_value below 0.001
  log_bayes_factor      log of the evidence against the split, for any number of looks
  sequential_p_value    the same as an always-valid p-value
""",
        _ANSWERS,
        _KEEP
        + """\
Example:
  {"id": 1, "observed": {"control": 5300, "test": 4700}, \
"expected_share": {"control": 0.5, "test": 0.5}}
""",
    )
)

ADJUST = "\n\n".join(
    (
        "Adjust p-values of several hypotheses that one decision rests on.",
        _KEEP
        + """\
Fields of a line:
  id                 anything; comes back with the answer
  p_values           list, each in [0, 1]; required but for e_bh
  e_values           list, each 0 or more; for e_bh
  method             "holm" (default), "bonferroni", "hochberg", "bh", "by" or "e_bh"
  alpha              error rate of the family, in (0, 1); 0.05
""",
        _KEEP
        + """\
Fields of an answer:
  method
  adjusted_p_values  in the order given; not for e_bh
  rejected           positions of the hypotheses rejected at alpha, counted from 0
""",
        _ANSWERS,
        _KEEP
        + """\
Example:
  {"id": 1, "p_values": [0.04, 0.01, 0.03], "method": "bh"}
""",
    )
)

POWER = "\n\n".join(
    (
        "Plan: how many units an effect needs, or which effect the units can show.",
        _KEEP
        + """\
Fields of a line, to ask how many units:
  id                     anything; comes back with the answer
  relative_mde           smallest effect worth finding, as a share of the baseline; or
  absolute_mde           the same in the metric's unit
  baseline, variance     the metric's value without treatment, and the variance of one
                         unit; or
  control                S, measured sums to take both from
  kind                   "proportion": the variance follows from the baseline
  treatment_variance     of one unit under treatment, if it differs
  alpha, power           in (0, 1); 0.05 and 0.8
  ratio                  units of a treatment for each one of the control; 1
  treatments             how many share the control and alpha; 1
  covariate_correlation  of metric and covariate, in (-1, 1); 0
  design_effect          of clusters; 1
  sequential             true for an always-valid test; false
  units_per_day          of all variants; adds the days
Answer: delta, n_control, n_treatment (each), total, days
""",
        _KEEP
        + """\
To ask which effect: alpha, power, and either treatment and control (S, measured), or
  baseline, variance, n_control and n_treatment.
Answer: mde_absolute, mde_relative_to_control
""",
        _KEEP
        + """\
With "engine": "posthog", its running time:
  metric_type                mean_count, mean_sum_or_avg, funnel, ratio or retention
  minimum_detectable_effect  in percent of the baseline
  number_of_variants         the control among them; 2
  baseline_value             or baseline_stats: {number_of_samples, sum, sum_squares,
                             denominator_sum, denominator_sum_squares,
                             numerator_denominator_sum_product, step_counts}
  variance                   of one unit; else by rule of thumb, or from baseline_stats
  target                     in place of all these: the units wanted
  exposure_rate_per_day      adds recommended_running_time_days
  exposures, elapsed_days    add remaining_days
Answer: baseline_value, variance, recommended_sample_size, recommended_running_time_days,
  remaining_days
""",
        _SUMS,
        _ANSWERS,
        _KEEP
        + """\
Examples:
  {"id": 1, "kind": "proportion", "baseline": 0.1, "relative_mde": 0.1}
  {"id": 2, "control": {"kind": "mean", "n": 2507, "sum": 1196.87, "sum_squares": 37377.98}, \
"relative_mde": 0.2, "units_per_day": 900}
  {"id": 3, "engine": "posthog", "metric_type": "funnel", "baseline_value": 0.1, \
"minimum_detectable_effect": 50}
""",
    )
)
