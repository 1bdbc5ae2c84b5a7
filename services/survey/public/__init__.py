"""HTTP for everybody: the form, receipts, results and the open JSON API."""

from __future__ import annotations

from services.survey.public import answers, form, marks, results, withdrawals

# Routes are tried in this order, and nothing is asked for as often as to take an answer.
routers = (answers.router, form.router, withdrawals.router, marks.router, results.router)
