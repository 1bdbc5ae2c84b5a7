"""HTTP for everybody: the form, receipts, results and the open JSON API."""

from __future__ import annotations

from services.survey.public import answers, form, results, withdrawals

routers = (results.router, form.router, withdrawals.router, answers.router)
