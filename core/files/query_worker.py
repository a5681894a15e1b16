"""A process that answers one query over tables and ends. It is started as ``core.files.queries`` says."""

import logging

from core.errors import FileError
from core.files.document import Document, Page
from core.files.queries import read_question
from core.files.readers.preview import markdown
from core.files.tables import query
from core.files.wire import Request, Result
from core.files.worker import serve

NOT_ANSWERED = "The query could not be answered."


def answer(request: Request) -> Result:
    """What the query finds, as a table in Markdown, or why it cannot be asked so."""
    try:
        tables, sql = read_question(request.content)
        found = query(tables, sql, request.limits)
    except FileError as refusal:
        return refusal
    except Exception:  # what strangers wrote into cells may make a database raise anything
        logging.getLogger(__name__).info("not answered", exc_info=True)
        return FileError(NOT_ANSWERED)
    return Document("answer", (Page("", markdown(found.columns, found.rows)),), notes=found.notes)


if __name__ == "__main__":
    serve(answer)
