"""Calls that only a history told of are found along an index: who looks behind them, and how many there are to look behind."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("calls", "0011_summaries_are_searched")]

    operations = [
        migrations.AddIndex(
            model_name="call",
            index=models.Index(fields=["workspace", "state", "state_source", "-at"], name="calls_by_source"),
        ),
    ]
