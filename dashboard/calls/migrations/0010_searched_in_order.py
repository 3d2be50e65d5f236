"""What is searched gets ids in the order of the calls (texts.place): the worker's duty "fill the search" writes it anew."""

from django.conf import settings
from django.db import migrations, models


def forget_words(apps, schema_editor):
    apps.get_model("calls", "CallText").objects.all().delete()


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_visits'),
        ('activity', '0002_reading'),
        ('calls', '0009_analyses_by_state'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(forget_words, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name='calltext',
            index=models.Index(fields=['workspace', '-id'], name='texts_of_workspace'),
        ),
        migrations.AddIndex(
            model_name='call',
            index=models.Index(condition=models.Q(('final_at', None)), fields=['workspace', '-at'], name='calls_not_over'),
        ),
        migrations.AddIndex(
            model_name='call',
            index=models.Index(fields=['workspace', '-at', 'project_id', 'direction', 'attempt', 'state', 'currency', 'seconds', 'cost'], name='calls_counted'),
        ),
    ]
