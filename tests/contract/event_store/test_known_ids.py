"""Filters of ids never miss one, and suspect few others."""

from uuid import UUID, uuid5

from splitplot.adapters.event_store.known_ids import IDS_PER_SEGMENT, IdIndex, Segment

NAMESPACE = UUID(int=1)


def ids(first: int, count: int) -> list[UUID]:
    return [uuid5(NAMESPACE, str(number)) for number in range(first, first + count)]


def test_every_id_is_suspected_where_it_is_stored() -> None:
    index = IdIndex([Segment(first_seq=1, last_seq=0)])
    few, many = ids(0, 100), ids(100, 20_000)
    index.grow(few, last_seq=100)
    index.grow(many, last_seq=20_100)
    index.segments.append(Segment(first_seq=20_101, last_seq=20_100))
    later = ids(20_100, 100)
    index.grow(later, last_seq=20_200)

    for stored, place in ((few, 0), (many, 0), (later, 1)):
        found = {segment.first_seq: suspected for segment, suspected in index.suspected(stored)}
        assert found[index.segments[place].first_seq] == stored


def test_a_full_filter_suspects_about_one_in_nine_thousand_others() -> None:
    segment = Segment(first_seq=1, last_seq=0)
    index = IdIndex([segment])
    for first in range(0, IDS_PER_SEGMENT, 1 << 16):
        index.grow(ids(first, 1 << 16), last_seq=first + (1 << 16))

    suspected = index.suspected(ids(IDS_PER_SEGMENT, 100_000))

    assert sum(len(found) for _, found in suspected) < 30
    assert index.is_full(1)


def test_no_ids_are_suspected_nowhere() -> None:
    assert IdIndex([Segment(first_seq=1, last_seq=0)]).suspected([]) == []
