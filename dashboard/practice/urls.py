from django.urls import path

from dashboard.practice import views

app_name = "practice"
urlpatterns = [
    path("practice/", views.the_room, name="room"),
    path("practice/outbox/", views.outbox, name="outbox"),
    path("practice/faults/", views.switch, name="faults"),
]
