"""Every admin route says how the answers of several workers become one."""

from typing import Any

import pytest

from mock_openai.admin.admin_route import AdminRoute, WorkerMerge
from mock_openai.admin.routes import ADMIN_ROUTES, admin_table
from mock_openai.http.request_params import Handler
from mock_openai.server.worker_merge import merged
from mock_openai.settings import Settings


async def _handler(request: Any) -> Any:
    raise NotImplementedError


def test_a_row_that_forgets_its_workers_can_not_be_built() -> None:
    row: Any = AdminRoute
    with pytest.raises(TypeError, match="merge"):
        row("GET", "/new", _handler)


@pytest.mark.parametrize("merge", WorkerMerge)
def test_every_way_to_merge_is_done(merge: WorkerMerge) -> None:
    handler: Handler = merged(_handler, merge)
    assert (handler is _handler) is (merge is WorkerMerge.NONE)


def test_each_says_what_it_is_for() -> None:
    assert [row.path for row in ADMIN_ROUTES if not row.handler.__doc__] == []


def test_what_names_one_stream_or_recording_is_answered_by_the_worker_that_has_it() -> None:
    rows = {(row.method, row.path): row.merge for row in admin_table(Settings())}
    owned = {key for key, merge in rows.items() if merge is WorkerMerge.OWNER}
    assert owned == {key for key in rows if "{id}" in key[1]} | {("GET", "/record")}
