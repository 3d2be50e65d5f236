"""Narrowing the catalogue down."""

from dashboard.talkstack import Voice
from dashboard.voices import facets


def voice(name: str, **labels: str) -> Voice:
    return Voice(name.lower(), name, labels, "")


VOICES = [
    voice("Aria", gender="female", accent="American", age="middle-aged"),
    voice("Roger", gender="male", accent="American", age="middle_aged"),
    voice("George", gender="male", accent="British", age="old"),
    voice("Plain"),
]


def wish(query: str) -> facets.Chosen:
    from django.http import QueryDict

    get = QueryDict(query)
    return facets.chosen(get.dict(), dict(get.lists()), VOICES)


def counts(query: str, label: str, in_use: tuple[str, ...] = ()) -> dict[str, int]:
    found = facets.find(VOICES, wish(query), in_use)
    return {value.label: value.count for facet in found.facets if facet.label == label for value in facet.values}


def names(query: str, in_use: tuple[str, ...] = ()) -> list[str]:
    return [one.name for one in facets.find(VOICES, wish(query), in_use).voices]


def test_everything_without_a_choice():
    assert names("") == ["Aria", "Roger", "George", "Plain"]
    assert counts("", "Gender") == {"female": 1, "male": 2, "not said": 1}


def test_counts_follow_the_choices_of_the_other_facets():
    assert counts("accent=american", "Gender") == {"female": 1, "male": 1, "not said": 0}
    assert counts("accent=american", "Accent") == {"American": 2, "British": 1, "not said": 1}


def test_values_of_one_facet_add_up_and_facets_narrow():
    assert names("accent=american&accent=british") == ["Aria", "Roger", "George"]
    assert names("accent=american&gender=male") == ["Roger"]
    assert names("gender=-") == ["Plain"]


def test_spellings_of_one_value_count_as_one():
    assert counts("", "Age") == {"middle-aged": 2, "old": 1, "not said": 1}
    assert names("age=Middle-Aged") == ["Aria", "Roger"]


def test_words_are_looked_for_in_names_and_labels():
    assert names("q=AMERICAN rog") == ["Roger"]
    assert names("q=brit") == ["George"]
    assert names("q=" + "x" * 100_000) == []


def test_only_those_in_use():
    assert names("used=1", ("aria",)) == ["Aria"]
    assert counts("used=1", "Gender", ("aria",)) == {"female": 1, "male": 0, "not said": 0}


def test_unknown_labels_have_names_of_their_own_in_the_address():
    odd = [voice("A", q="x", used="y", tempo="slow")]
    found = facets.find(odd, facets.Chosen(), ())
    assert {facet.param for facet in found.facets} == {"label.q", "label.used", "label.tempo"}


def test_a_value_that_no_voice_has_finds_nothing_and_is_still_shown_as_chosen():
    found = facets.find(VOICES, wish("gender=nobody"), ())
    assert found.voices == []
    assert [value.key for value in found.facets[0].values if value.chosen] == ["nobody"]


def test_more_values_than_anybody_reads_are_counted():
    many = [voice(f"V{n}", accent=f"accent {n:03}") for n in range(200)]
    facet = facets.find(many, facets.Chosen(), ()).facets[0]
    assert len(facet.values) == facets.MOST_VALUES and facet.hidden == 160
