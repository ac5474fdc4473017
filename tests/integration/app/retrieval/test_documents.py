"""Documents in every kind of database: what is near, who may read, and how many there may be."""

from collections.abc import AsyncIterator, Callable
from uuid import uuid4

import numpy
import pytest
from numpy import float32
from numpy.typing import NDArray
from sqlalchemy import make_url, text

from tokentape.errors import CallerFault
from tokentape.retrieval.documents import Documents
from tokentape.retrieval.levels import Reader
from tokentape.store.conversations import Store
from tokentape.store.database import open_engine

SPACE = "test/3"
ALICE = Reader("alice", "acme", 1)


def unit(*numbers: float) -> NDArray[float32]:
    vector = numpy.array(numbers, dtype=float32)
    found: NDArray[float32] = vector / numpy.linalg.norm(vector)
    return found


@pytest.fixture
async def documents(database: str) -> AsyncIterator[Documents]:
    store = await Store.open(database)
    yield Documents(store, 4)
    await store.close()


async def bring(documents: Documents, who: Reader, level: int, *vectors: NDArray[float32]) -> str:
    texts = [f"passage {place}" for place in range(len(vectors))]
    matrix = numpy.stack(vectors)
    made = await documents.add(who, "Title", level, "text", texts, matrix, SPACE)
    return made.id


async def test_nearest_passages_come_first_from_all_documents(documents: Documents) -> None:
    first = await bring(documents, ALICE, 0, unit(1, 0, 0), unit(0, 1, 0))
    second = await bring(documents, ALICE, 1, unit(1, 1, 0), unit(0, 0, 1))
    found = await documents.nearest(ALICE, unit(1, 0.2, 0), SPACE, 3)
    assert [(one.document_id, one.place, one.text) for one in found] == [
        (first, 0, "passage 0"),
        (second, 0, "passage 0"),
        (first, 1, "passage 1"),
    ]
    assert [round(one.likeness, 2) for one in found] == [0.98, 0.83, 0.2]
    assert found[0].source == f"{first}#0"
    assert await documents.nearest(ALICE, unit(1, 0, 0), "other/3", 3) == []


async def test_vectors_of_another_length_are_no_neighbours(documents: Documents) -> None:
    await bring(documents, ALICE, 0, unit(1, 0))
    mine = await bring(documents, ALICE, 0, unit(1, 0, 0))
    found = await documents.nearest(ALICE, unit(1, 0, 0), SPACE, 9)
    assert [one.document_id for one in found] == [mine]


READERS = {
    "higher": (Reader("bob", "acme", 2), {0, 1, 2}),
    "same": (Reader("bob", "acme", 1), {0, 1}),
    "lower": (Reader("bob", "acme", 0), {0}),
    "other organisation": (Reader("alice", "evil", 2), set[int]()),
    "no organisation": (Reader("alice", None, 2), set[int]()),
}


@pytest.mark.parametrize("name", READERS)
async def test_reader_finds_what_is_at_or_below_their_clearance_in_their_organisation(
    documents: Documents, name: str
) -> None:
    reader, levels = READERS[name]
    ids = [await bring(documents, ALICE, level, unit(1, 0, 0)) for level in range(3)]
    allowed = {ids[level] for level in levels}
    found = await documents.nearest(reader, unit(1, 0, 0), SPACE, 9)
    assert {one.document_id for one in found} == allowed
    assert {one.id for one in (await documents.page(reader, None, 9)).rows} == allowed
    assert {id_ for id_ in ids if await documents.find(reader, id_)} == allowed
    assert await documents.any(reader, SPACE) == bool(allowed)


async def test_without_an_organisation_one_reads_ones_own_alone(documents: Documents) -> None:
    single, other = Reader("carol", None, 0), Reader("dave", None, 2)
    mine = await bring(documents, single, 0, unit(1, 0, 0))
    assert [
        one.document_id for one in await documents.nearest(single, unit(1, 0, 0), SPACE, 9)
    ] == [mine]
    for stranger in (other, ALICE, Reader("carol", "acme", 2)):
        assert await documents.nearest(stranger, unit(1, 0, 0), SPACE, 9) == []


async def test_one_deletes_ones_own_alone_and_its_passages_go_too(documents: Documents) -> None:
    mine = await bring(documents, ALICE, 2, unit(1, 0, 0))
    for stranger in (
        Reader("bob", "acme", 2),
        Reader("alice", "evil", 2),
        Reader("alice", None, 2),
    ):
        assert not await documents.delete(stranger, mine)
    assert await documents.delete(ALICE, mine)  # also what is above one's own clearance
    assert not await documents.delete(ALICE, mine)
    assert not await documents.delete(ALICE, "\x00")
    assert not await documents.any(Reader("bob", "acme", 2), SPACE)


async def test_an_organisation_has_so_many_documents_and_no_more(documents: Documents) -> None:
    for _ in range(4):
        await bring(documents, ALICE, 0, unit(1, 0, 0))
    with pytest.raises(CallerFault, match="4 documents already"):
        await bring(documents, Reader("bob", "acme", 0), 0, unit(1, 0, 0))
    await bring(documents, Reader("bob", None, 0), 0, unit(1, 0, 0))


async def test_postgresql_without_the_right_to_turn_pgvector_on_ranks_here(
    postgres: Callable[[], str],
) -> None:
    url = make_url(postgres())
    owner = open_engine(url.render_as_string(hide_password=False))
    role = f"r{uuid4().hex}"
    async with owner.begin() as connection:
        await connection.execute(text(f"CREATE ROLE {role} LOGIN PASSWORD 'secret'"))
        await connection.execute(text(f"GRANT ALL ON SCHEMA public TO {role}"))
    await owner.dispose()
    store = await Store.open(
        url.set(username=role, password="secret").render_as_string(hide_password=False)
    )
    documents = Documents(store, 4)
    mine = await bring(documents, ALICE, 0, unit(0, 1, 0), unit(1, 0, 0))
    (best, _) = await documents.nearest(ALICE, unit(1, 0, 0), SPACE, 9)
    assert best.source == f"{mine}#1"
    await store.close()


async def test_one_user_alone_does_not_fill_an_organisation(database: str) -> None:
    store = await Store.open(database)
    documents = Documents(store, 3, 2)
    for _ in range(2):
        await bring(documents, ALICE, 0, unit(1, 0, 0))
    with pytest.raises(CallerFault, match="user has 2 documents already"):
        await documents.check_place(ALICE)
    with pytest.raises(CallerFault, match="user has 2 documents already"):
        await bring(documents, ALICE, 0, unit(1, 0, 0))
    await bring(documents, Reader("bob", "acme", 1), 0, unit(1, 0, 0))
    with pytest.raises(CallerFault, match="organisation has 3 documents already"):
        await documents.check_place(Reader("bob", "acme", 1))
    await store.close()
