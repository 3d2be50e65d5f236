"""Summaries, sentiments and whatever else an analysis said are searched: the duty "fill the search" writes those calls anew."""

from django.db import migrations


def forget_words(apps, schema_editor):
    said = apps.get_model("calls", "Analysis").objects.exclude(summary="", sentiment="", extra={})
    apps.get_model("calls", "CallText").objects.filter(call__in=said.values("call_id")).delete()


class Migration(migrations.Migration):

    dependencies = [("calls", "0010_searched_in_order")]

    operations = [migrations.RunPython(forget_words, migrations.RunPython.noop)]
