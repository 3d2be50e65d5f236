"""Bars: their heights are to scale, inside the picture, and nothing breaks without rows."""

from django.template.loader import render_to_string

from dashboard.web import charts


def test_bars_are_to_scale_and_inside():
    chart = charts.bars([("Mon", 1, 2), ("Tue", 4, 4), ("Wed", 0, 0)], "Day", "Answered", "Calls")
    monday, tuesday, wednesday = chart.bars
    assert tuesday.height == 2 * (monday.height + monday.rest_height) and wednesday.height == 0
    assert monday.y + monday.height == chart.base and monday.rest_y + monday.rest_height == monday.y
    assert all(bar.x >= 0 and bar.x + bar.width <= chart.width and bar.top > 0 for bar in chart.bars)


def test_many_and_none():
    assert charts.bars([], "Day", "Calls").bars == []
    crowd = charts.bars([(str(n), n, n) for n in range(90)], "Day", "Calls")
    assert all(bar.width >= 2 and bar.x + bar.width <= crowd.width for bar in crowd.bars)


def test_the_table_says_the_same():
    chart = charts.bars([("<Mon>", 1, 2)], "Day", "Answered", "Calls")
    shown = render_to_string("ui/_bars.html", {"chart": chart, "title": "Calls by day"})
    assert "&lt;Mon&gt;" in shown and 'aria-label="Calls by day"' in shown and "style=" not in shown
    assert shown.count("<td") == 2
