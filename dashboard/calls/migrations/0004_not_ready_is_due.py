from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("calls", "0003_reading_and_asking"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="analysis",
            name="analyses_due",
        ),
        migrations.AddIndex(
            model_name="analysis",
            index=models.Index(
                condition=models.Q(("state__in", ["waiting", "sending", "not_ready"])),
                fields=["state", "not_before"],
                name="analyses_due",
            ),
        ),
    ]
