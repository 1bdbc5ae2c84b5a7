"""`python -m services.model`: migrate the database, then serve."""

from __future__ import annotations

from services.model.app import service
from shared.http import serve

serve(service)
