"""Problems and inquiries."""

from django.urls import path

from hengjian.web.cases import inquiry, problem

app_name = "cases"
urlpatterns = [
    path("problems/", problem.problem_list, name="problem_list"),
    path("problems/<uuid:problem_id>/", problem.problem_detail, name="problem_detail"),
    path("problems/<uuid:problem_id>/act/", problem.act, name="problem_act"),
    path("inquiries/", inquiry.inquiry_list, name="inquiry_list"),
    path("inquiries/<uuid:inquiry_id>/", inquiry.inquiry_detail, name="inquiry_detail"),
    path("inquiries/<uuid:inquiry_id>/answer/", inquiry.answer, name="inquiry_answer"),
    path("inquiries/<uuid:inquiry_id>/decide/", inquiry.decide, name="inquiry_decide"),
]
