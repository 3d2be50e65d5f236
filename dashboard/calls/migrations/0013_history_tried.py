"""When a history was last tried in vain, and whether that was Talkstack's absence."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("calls", "0012_calls_by_source")]

    operations = [
        migrations.AddField(
            model_name="historyread",
            name="away",
            field=models.BooleanField(default=False, help_text="In vain because Talkstack was away or let nobody in."),
        ),
        migrations.AddField(
            model_name="historyread",
            name="tried_at",
            field=models.DateTimeField(help_text="When it was last tried in vain.", null=True),
        ),
        migrations.AlterField(
            model_name="historyread",
            name="problem_at",
            field=models.DateTimeField(help_text="Since when it has this problem.", null=True),
        ),
    ]
