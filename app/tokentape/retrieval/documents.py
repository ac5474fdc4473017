"""Documents and their passages in the store. What a reader may not read leaves no query.

PostgreSQL ranks by pgvector where that is installed; SQLite, and PostgreSQL without it, keep each
document's vectors as one block of bytes, which are compared here, block by block.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import (
    ColumnElement,
    Row,
    and_,
    column,
    delete,
    exists,
    func,
    insert,
    select,
    table,
    text,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from tokentape.errors import CallerFault
from tokentape.retrieval.levels import Reader
from tokentape.store.conversations import NUL, Store
from tokentape.store.tables import DOCUMENTS, PASSAGES
from tokentape.store.threads import ResultPage, page_of

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

BLOCKS_AT_ONCE = 32
"""Blocks of vectors that are in memory together."""
PGVECTOR = "SELECT 1 FROM information_schema.columns WHERE table_schema = current_schema()"
PGVECTOR += " AND table_name = 'passages' AND column_name = 'vector'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """`level` is a place in `LEVELS`."""

    id: str
    title: str
    level: int
    characters: int
    passages: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Passage:
    """`likeness` is the cosine between question and passage, `place` counts from 0."""

    document_id: str
    place: int
    title: str
    text: str
    likeness: float

    @property
    def source(self) -> str:
        """Which passage of which document, without what it says."""
        return f"{self.document_id}#{self.place}"


def readable(reader: Reader) -> ColumnElement[bool]:
    """The security filter, as a part of every query: at or below the reader's clearance, in the
    reader's organisation; without one, what they brought themselves without one."""
    within = DOCUMENTS.c.level <= reader.clearance
    return and_(within, _of_org(reader))


def _of_org(reader: Reader) -> ColumnElement[bool]:
    if reader.org is None:
        return and_(DOCUMENTS.c.org.is_(None), DOCUMENTS.c.owner == reader.sub)
    return DOCUMENTS.c.org == reader.org


class Documents:
    """At most `most` for each organisation, or for a user without one, and at most `most_each` of
    one user; None: as many."""

    def __init__(self, store: Store, most: int, most_each: int | None = None) -> None:
        self._engine = store.engine
        self._writer = store.writer
        self._most = most
        self._most_each = most if most_each is None else most_each

    async def check_place(self, reader: Reader) -> None:
        """Raises `CallerFault` when there are as many as there may be."""
        async with self._engine.connect() as connection:
            fault = await self._too_many(connection, reader)
        if fault:
            raise fault

    async def _too_many(self, connection: AsyncConnection, reader: Reader) -> CallerFault | None:
        own = DOCUMENTS.c.owner == reader.sub
        bounds = [("user", and_(own, _of_org(reader)), self._most_each)]
        bounds.append(("organisation" if reader.org else "user", _of_org(reader), self._most))
        for whose, within, most in bounds:
            count = select(func.count()).select_from(DOCUMENTS).where(within)
            there: int = (await connection.execute(count)).scalar_one()
            if there >= most:
                message = f"This {whose} has {there} documents already."
                return CallerFault("BAD_REQUEST", message, status=409)
        return None

    async def add(
        self,
        reader: Reader,
        title: str,
        level: int,
        content: str,
        passages: Sequence[str],
        vectors: "NDArray[float32]",
        space: str,
    ) -> Document:
        """Raises `CallerFault` when there are too many."""
        now, id_ = datetime.now(UTC), str(uuid4())
        document = Document(
            id=id_,
            title=title,
            level=level,
            characters=len(content),
            passages=len(passages),
            created_at=now,
        )

        async def work(connection: AsyncConnection) -> CallerFault | None:
            # Others may have come since it was asked.
            if fault := await self._too_many(connection, reader):
                return fault
            ranked = await _has_pgvector(connection)
            added = await connection.execute(
                insert(DOCUMENTS).values(
                    id=id_,
                    owner=reader.sub,
                    org=reader.org,
                    level=level,
                    title=title,
                    characters=document.characters,
                    passages=document.passages,
                    created_at=now,
                    space=space,
                    vectors=None if ranked else vectors.astype("<f4").tobytes(),
                )
            )
            (number,) = added.inserted_primary_key or (None,)
            rows = [
                {"document": number, "place": place, "text": one}
                for place, one in enumerate(passages)
            ]
            if ranked:
                for row, vector in zip(rows, vectors, strict=True):
                    row["vector"] = written(vector)
                await connection.execute(
                    text(
                        "INSERT INTO passages (document, place, text, vector)"
                        " VALUES (:document, :place, :text, CAST(CAST(:vector AS text) AS vector))"
                    ),
                    rows,
                )
            else:
                await connection.execute(insert(PASSAGES), rows)
            return None

        if fault := await self._writer.do(work):
            raise fault
        return document

    async def page(self, reader: Reader, before: int | None, limit: int) -> ResultPage[Document]:
        """Those that may be read, the newest first."""
        query = select(DOCUMENTS).where(readable(reader))
        if before is not None:
            query = query.where(DOCUMENTS.c.number < before)
        async with self._engine.connect() as connection:
            result = await connection.execute(
                query.order_by(DOCUMENTS.c.number.desc()).limit(limit + 1)
            )
            rows = result.all()
        return page_of([(row.number, _document(row)) for row in rows], limit)

    async def find(self, reader: Reader, id_: str) -> Document | None:
        """None for one that is not there, or not the reader's to read."""
        if NUL in id_:
            return None
        async with self._engine.connect() as connection:
            rows = await connection.execute(
                select(DOCUMENTS).where(DOCUMENTS.c.id == id_, readable(reader))
            )
            row = rows.first()
        return _document(row) if row else None

    async def delete(self, reader: Reader, id_: str) -> bool:
        """Whether it was there: one's own, of whatever level."""
        if NUL in id_:
            return False

        async def work(connection: AsyncConnection) -> bool:
            gone = await connection.execute(
                delete(DOCUMENTS).where(
                    DOCUMENTS.c.id == id_, DOCUMENTS.c.owner == reader.sub, _of_org(reader)
                )
            )
            return bool(gone.rowcount)

        return await self._writer.do(work)

    async def any(self, reader: Reader, space: str) -> bool:
        """Is there anything to be found?"""
        async with self._engine.connect() as connection:
            rows = await connection.execute(
                select(exists().where(readable(reader), DOCUMENTS.c.space == space))
            )
            return bool(rows.scalar_one())

    async def nearest(
        self, reader: Reader, vector: "NDArray[float32]", space: str, most: int
    ) -> list[Passage]:
        """The passages most like the vector, the best first."""
        within = and_(readable(reader), DOCUMENTS.c.space == space)
        async with self._engine.connect() as connection:
            if await _has_pgvector(connection):
                return await _ranked_there(connection, within, vector, most)
            return await _ranked_here(connection, within, vector, most)


async def _ranked_there(
    connection: AsyncConnection, within: ColumnElement[bool], vector: "NDArray[float32]", most: int
) -> list[Passage]:
    ranked = table("passages", *map(column, ("document", "place", "text", "vector")))
    # A query of its own is read once; a mere cast would be read for every row.
    question = text("(SELECT CAST(CAST(:question AS text) AS vector))").bindparams(
        question=written(vector)
    )
    # The model's vectors may have had another length once.
    alike = text("vector_dims(passages.vector) = :length").bindparams(length=len(vector))
    distance = ranked.c.vector.op("<=>")(question).label("distance")
    rows = await connection.execute(
        select(DOCUMENTS.c.id, DOCUMENTS.c.title, ranked.c.place, ranked.c.text, distance)
        .select_from(ranked.join(DOCUMENTS, ranked.c.document == DOCUMENTS.c.number))
        .where(within, alike)
        .order_by(text("distance"))
        .limit(most)
    )
    return [Passage(row.id, row.place, row.title, row.text, 1 - row.distance) for row in rows]


async def _ranked_here(
    connection: AsyncConnection, within: ColumnElement[bool], vector: "NDArray[float32]", most: int
) -> list[Passage]:
    import numpy  # heavy: only needed by whoever has documents

    best: list[tuple[float, int, int]] = []
    blocks = await connection.stream(
        select(DOCUMENTS.c.number, DOCUMENTS.c.passages, DOCUMENTS.c.vectors).where(within),
        execution_options={"yield_per": BLOCKS_AT_ONCE},
    )
    async for number, passages, block in blocks:
        matrix = numpy.frombuffer(block or b"", dtype="<f4").reshape(passages, -1)
        if matrix.shape[1] != len(vector):
            continue  # the model's vectors had another length then
        likeness = matrix @ vector
        places = numpy.argsort(-likeness)[:most]
        best += ((float(likeness[place]), int(number), int(place)) for place in places)
        if len(best) > 1_000:
            best = sorted(best, reverse=True)[:most]
    best = sorted(best, reverse=True)[:most]
    if not best:
        return []
    result = await connection.execute(
        select(
            DOCUMENTS.c.number, DOCUMENTS.c.id, DOCUMENTS.c.title, PASSAGES.c.place, PASSAGES.c.text
        )
        .join(PASSAGES, PASSAGES.c.document == DOCUMENTS.c.number)
        .where(within)
        .where(
            tuple_(DOCUMENTS.c.number, PASSAGES.c.place).in_(
                [(number, place) for _, number, place in best]
            )
        )
    )
    rows = {(row.number, row.place): row for row in result}
    return [
        Passage(row.id, row.place, row.title, row.text, likeness)
        for likeness, number, place in best
        if (row := rows.get((number, place)))
    ]


async def _has_pgvector(connection: AsyncConnection) -> bool:
    if connection.dialect.name != "postgresql":
        return False
    return (await connection.execute(text(PGVECTOR))).first() is not None


def written(vector: "NDArray[float32]") -> str:
    """As pgvector reads it."""
    return "[" + ",".join(map(repr, vector.tolist())) + "]"


def _document(row: Row[tuple[object, ...]]) -> Document:
    return Document(
        id=row.id,
        title=row.title,
        level=row.level,
        characters=row.characters,
        passages=row.passages,
        created_at=row.created_at,
    )
