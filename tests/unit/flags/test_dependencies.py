from hypothesis import given
from hypothesis import strategies as st

from splitplot.flags import FlagId
from splitplot.flags.dependencies import dependents_of, order_by_dependency, with_dependencies

numbers = st.integers(min_value=1, max_value=8).map(FlagId)
graphs = st.dictionaries(numbers, st.sets(numbers, max_size=4), max_size=8)


@given(graphs)
def test_every_flag_comes_after_those_it_depends_on(graph: dict[FlagId, set[FlagId]]) -> None:
    order = order_by_dependency(graph)
    position = {flag_id: index for index, flag_id in enumerate(order.ordered)}
    assert position.keys() | order.cyclic == graph.keys()
    assert not position.keys() & order.cyclic
    for flag_id in order.ordered:
        for other in graph[flag_id] & graph.keys():
            assert position[other] < position[flag_id]


@given(graphs)
def test_exactly_the_flags_that_reach_themselves_or_such_a_flag_are_cyclic(
    graph: dict[FlagId, set[FlagId]],
) -> None:
    def below(flag_id: FlagId) -> frozenset[FlagId]:
        return with_dependencies(graph[flag_id] & graph.keys(), graph)

    in_cycle = {flag_id for flag_id in graph if flag_id in below(flag_id)}
    expected = dependents_of(in_cycle, graph)
    assert order_by_dependency(graph).cyclic == expected


def test_independent_flags_keep_their_order() -> None:
    graph: dict[FlagId, set[FlagId]] = {FlagId(3): set(), FlagId(1): set(), FlagId(2): {FlagId(9)}}
    assert order_by_dependency(graph).ordered == (3, 1, 2)
