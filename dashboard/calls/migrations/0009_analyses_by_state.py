from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("calls", "0008_saved_views")]

    operations = [
        migrations.AddIndex(
            model_name="analysis",
            index=models.Index(fields=["workspace", "state", "asked_at"], name="analyses_by_state"),
        ),
    ]
