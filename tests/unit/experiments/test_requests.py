from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from splitplot.errors import InvalidInput
from splitplot.experiments.lifecycle.creation import Circumstances, new_experiment
from splitplot.experiments.lifecycle.request import ExperimentRequest, Values
from splitplot.experiments.lifecycle.updates import Moment, updated
from splitplot.experiments.model import Experiment, ExperimentType, HoldoutId, Status
from tests.factories import NOON, a_flag, a_project, an_experiment

LATER = NOON + timedelta(days=1)
VARIANTS: list[Any] = [
    {"key": "control", "rollout_percentage": 50},
    {"key": "test", "rollout_percentage": 50},
]
FILTERS: dict[str, Any] = {
    "groups": [{"properties": [], "rollout_percentage": 100, "aggregation_group_type_index": None}],
    "multivariate": {"variants": VARIANTS},
    "aggregation_group_type_index": None,
}
ON = a_flag(filters=FILTERS, active=True)
OFF = replace(ON, active=False)
GONE = replace(OFF, deleted=True)
DRAFT = an_experiment(flag=OFF)
RUNNING = an_experiment(flag=ON, start_date=NOON)
PAUSED = an_experiment(flag=OFF, start_date=NOON)
STOPPED = an_experiment(flag=ON, start_date=NOON, end_date=NOON + timedelta(hours=1))
METRIC: dict[str, Any] = {
    "kind": "ExperimentMetric",
    "metric_type": "mean",
    "source": {"kind": "EventsNode", "event": "paid"},
}


def request(**values: Any) -> ExperimentRequest:  # noqa: ANN401 - as given
    given: Values = {"name": "E", **values}  # type: ignore[typeddict-item] # as given
    return ExperimentRequest(values=given, flag_key="e")


def change(experiment: Experiment, **values: Any) -> Experiment:  # noqa: ANN401 - likewise
    given: Values = {**values}  # type: ignore[typeddict-item] # as given
    moment = Moment(now=LATER, new_uuid=lambda: "new")
    return updated(experiment, ExperimentRequest(values=given), moment)


AROUND = Circumstances(project=a_project(), author=None, now=NOON, new_uuid=lambda: "new")


def test_a_new_experiment_brings_its_flag() -> None:
    made = new_experiment(request(parameters={"feature_flag_payloads": {"test": 1}}), None, AROUND)
    assert made.flag.key == "e"
    assert made.flag.filters["payloads"] == {"test": "1"}
    assert made.flag.creation_context == "experiments"
    assert made.created_by_id is None


def test_a_new_flag_needs_a_key() -> None:
    with pytest.raises(InvalidInput) as refused:
        new_experiment(ExperimentRequest(values={"name": "E"}), None, AROUND)
    assert (refused.value.code, refused.value.attr) == ("required", "feature_flag_key")


@pytest.mark.parametrize("config", [{}, {"method": None}, {"bayesian": 3}])
def test_the_projects_statistics_are_filled_in(config: dict[str, Any]) -> None:
    project = a_project(default_stats_method="frequentist", default_confidence_level=0.95)
    around = replace(AROUND, project=project)
    made = new_experiment(request(stats_config=config), None, around)
    assert made.stats_config == {
        "method": "frequentist",
        "bayesian": {"ci_level": 0.95},
        "frequentist": {"alpha": 0.05},
    }


def test_what_is_said_about_statistics_stays() -> None:
    project = a_project(default_confidence_level=0.9)
    config = {"method": "frequentist", "frequentist": {"alpha": 0.2, "own": 1}}
    made = new_experiment(request(stats_config=config), None, replace(AROUND, project=project))
    assert made.stats_config == {**config, "bayesian": {"ci_level": 0.9}}
    assert new_experiment(request(stats_config=config), None, AROUND).stats_config == config


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({}, {"enabled": True, "lookback_days": 7}),
        ({"cuped": None}, {"enabled": True, "lookback_days": 7}),
        ({"cuped": {"enabled": False}}, {"enabled": False}),
        ({"cuped": {"enabled": True}}, {"enabled": True}),
    ],
)
def test_the_projects_covariates_are_filled_in(
    given: dict[str, Any], kept: dict[str, object]
) -> None:
    around = replace(AROUND, project=a_project(default_cuped_lookback_days=7))
    assert new_experiment(request(stats_config=given), None, around).stats_config["cuped"] == kept
    plain = new_experiment(request(stats_config={}), None, AROUND).stats_config
    assert "cuped" not in plain


def test_a_holdout_is_fixed_by_the_launch() -> None:
    assert change(DRAFT, holdout_id=None).holdout_id is None
    assert change(RUNNING, holdout_id=None) == replace(RUNNING, updated_at=LATER)
    for launched in (RUNNING, PAUSED, STOPPED):
        with pytest.raises(InvalidInput, match="Can't update holdout on running Experiment"):
            change(replace(launched, holdout_id=HoldoutId(3)), holdout_id=None)


LEGACY = replace(RUNNING, metrics=({"kind": "ExperimentTrendsQuery", "uuid": "a"},))
LEGACY = replace(LEGACY, primary_metrics_order=("a",))


def test_little_can_be_changed_while_metrics_are_legacy() -> None:
    assert change(LEGACY, name="N", description=None, end_date=LATER).name == "N"
    with pytest.raises(InvalidInput) as refused:
        change(LEGACY, name="N", primary_metrics_order=("a",), archived=True)
    assert refused.value.message == (
        "This experiment uses legacy metric formats and can only have its name, description, or "
        "end_date updated. Cannot update: archived, primary_metrics_ordered_uuids"
    )
    with pytest.raises(InvalidInput, match="End date must be after start date"):
        change(LEGACY, end_date=NOON)
    assert change(replace(LEGACY, start_date=None), end_date=NOON).end_date == NOON


def test_the_stored_start_is_not_compared_otherwise() -> None:
    assert change(RUNNING, end_date=NOON - timedelta(days=9)).status is Status.STOPPED


def test_type_and_folder_are_not_changed() -> None:
    kept = change(replace(DRAFT, folder="a"), folder="b", type=ExperimentType.PRODUCT)
    assert kept.folder == "a"


def test_a_changed_method_has_to_exist() -> None:
    with pytest.raises(InvalidInput, match="Invalid stats method: 'x'"):
        change(DRAFT, stats_config={"method": "x"})


def test_an_experiment_comes_back_only_with_its_flag() -> None:
    assert change(replace(DRAFT, deleted=True), deleted=False) == replace(DRAFT, updated_at=LATER)
    with pytest.raises(InvalidInput, match="Restore the feature flag first"):
        change(replace(DRAFT, deleted=True, flag=GONE), deleted=False)


def test_a_start_comes_before_its_end() -> None:
    for values in (
        {"start_date": LATER, "end_date": LATER},
        {"start_date": LATER, "end_date": NOON},
    ):
        with pytest.raises(InvalidInput, match="End date must be after start date"):
            new_experiment(request(**values), None, AROUND)
        with pytest.raises(InvalidInput, match="End date must be after start date"):
            change(DRAFT, **values)


def test_a_flag_that_is_there_is_used_as_it_is() -> None:
    parameters = {"feature_flag_variants": [{**VARIANTS[0], "rollout_percentage": 1}]}
    made = new_experiment(request(parameters=parameters), OFF, AROUND)
    assert made.flag is OFF
    unfit = replace(OFF, filters={"groups": [{}]})
    with pytest.raises(InvalidInput, match="must have at least 2 variants"):
        new_experiment(request(), unfit, AROUND)


def test_only_what_may_not_change_is_named() -> None:
    moment = Moment(now=LATER, new_uuid=lambda: "new")
    wrong = ExperimentRequest(values={"type": ExperimentType.WEB}, flag_key="other")
    with pytest.raises(InvalidInput) as refused:
        updated(DRAFT, wrong, moment)
    detail = "Can't update keys: get_feature_flag_key, type on Experiment"
    assert refused.value.message == detail
    same = ExperimentRequest(values={"type": ExperimentType.PRODUCT}, flag_key=OFF.key)
    assert updated(DRAFT, same, moment) == replace(DRAFT, updated_at=LATER)


@pytest.mark.parametrize("launched", [RUNNING, PAUSED, STOPPED])
def test_variants_are_fixed_by_the_launch(launched: Experiment) -> None:
    shares = [{**variant, "rollout_percentage": 10} for variant in VARIANTS]
    kept = change(launched, parameters={"feature_flag_variants": shares})
    assert kept.flag is launched.flag
    for others in (VARIANTS[:1], [VARIANTS[0], {"key": "b", "rollout_percentage": 50}]):
        with pytest.raises(InvalidInput, match="Can't update feature_flag_variants"):
            change(launched, parameters={"feature_flag_variants": others})


def test_parameters_reach_the_flag_of_a_draft_or_by_force() -> None:
    parameters = {"rollout_percentage": 30}
    changed = change(DRAFT, parameters=parameters)
    assert changed.flag.filters["groups"] == (
        {"properties": [], "rollout_percentage": 30, "aggregation_group_type_index": None},
    )
    assert change(DRAFT, parameters=None).flag is OFF
    moment = Moment(now=LATER, new_uuid=lambda: "new")
    forced = ExperimentRequest(values={"parameters": parameters}, updates_flag=True)
    assert updated(RUNNING, forced, moment).flag.filters == changed.flag.filters


def test_a_start_date_switches_a_drafts_flag_on() -> None:
    launched = change(DRAFT, start_date=NOON)
    assert (launched.status, launched.flag.active) == (Status.RUNNING, True)
    assert change(PAUSED, start_date=LATER).status is Status.PAUSED
    assert change(RUNNING, start_date=None).flag is ON


def test_a_filter_for_everything_is_refused() -> None:
    with pytest.raises(InvalidInput, match="do not support global filter properties"):
        change(DRAFT, filters={"properties": [{}]})
    assert change(DRAFT, filters={"properties": []}).filters == {"properties": []}


def test_changed_metrics_get_uuids_orders_and_fingerprints() -> None:
    changed = change(DRAFT, metrics=(METRIC,), metrics_secondary=({**METRIC, "uuid": "own"},))
    assert changed.primary_metrics_order == ("new",)
    assert changed.secondary_metrics_order == ("own",)
    (metric,) = changed.metrics
    assert metric["fingerprint"] == changed.metrics_secondary[0]["fingerprint"]
    again = change(changed, start_date=NOON)
    assert again.metrics[0]["fingerprint"] != metric["fingerprint"]


def test_metrics_have_different_uuids_across_both_lists() -> None:
    with pytest.raises(InvalidInput, match="Duplicate metric UUID: 'new'"):
        change(DRAFT, metrics=(METRIC,), metrics_secondary=(METRIC,))


def test_metrics_may_be_held_to_known_events() -> None:
    for known, is_refused in ((None, False), ({"paid"}, False), ({"other"}, True)):
        values: Values = {"name": "E", "metrics": (METRIC,)}
        asked = ExperimentRequest(values=values, flag_key="e", known_events=known)
        if not is_refused:
            assert len(new_experiment(asked, None, AROUND).metrics) == 1
            continue
        with pytest.raises(InvalidInput, match=r"^Event\(s\) 'paid' not found"):
            new_experiment(asked, None, AROUND)


def test_an_action_has_to_exist_to_be_measured() -> None:
    source = {"kind": "ActionsNode", "id": 3}
    with pytest.raises(InvalidInput, match=r"^Action\(s\) with ID 3 not found or deleted"):
        change(DRAFT, metrics=({**METRIC, "source": source},))


@pytest.mark.parametrize("method", ["garbage", "", 42])
def test_there_are_two_methods(method: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        new_experiment(request(stats_config={"method": method}), None, AROUND)
    detail = f"Invalid stats method: '{method}'. Must be one of: bayesian, frequentist"
    assert refused.value.message == detail


def test_what_the_flag_said_about_gone_variants_goes() -> None:
    payloads = {"control": "1", "test": "2"}
    draft = replace(DRAFT, flag=replace(OFF, filters={**FILTERS, "payloads": payloads}))
    others = [VARIANTS[0], {"key": "b", "rollout_percentage": 50}]
    changed = change(draft, parameters={"feature_flag_variants": others})
    assert changed.flag.filters["payloads"] == {"control": "1"}
