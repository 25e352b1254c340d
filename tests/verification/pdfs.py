"""PDFs as tests need them: whole ones by typst, the others made from those by pikepdf."""

import io
from functools import cache

import pikepdf
import typst
from pikepdf import Array, Dictionary, Name, Pdf, String


@cache
def text_pdf(text: str = "Uittreksel KvK-nummer 12345678", pages: int = 1) -> bytes:
    """A whole PDF with a text on each page."""
    return typst.compile("\n#pagebreak()\n".join([text] * pages).encode(), format="pdf")


def changed(change, **options) -> bytes:
    """A whole PDF after `change(pdf)`."""
    with pikepdf.open(io.BytesIO(text_pdf())) as pdf:
        change(pdf)
        return saved(pdf, **options)


def saved(pdf: Pdf, **options) -> bytes:
    """The bytes of a PDF that pikepdf holds."""
    buffer = io.BytesIO()
    pdf.save(buffer, **options)
    return buffer.getvalue()


def encrypted(user: str, owner: str = "owner") -> bytes:
    """A PDF with passwords; an empty one for the user only limits what readers allow."""
    return changed(lambda pdf: None, encryption=pikepdf.Encryption(user=user, owner=owner, R=6))


def without_pages() -> bytes:
    """A PDF whose page tree is empty."""
    return saved(Pdf.new())


def with_attachment(content: bytes, name: str = "bijlage.txt") -> bytes:
    """A PDF with a file inside, compressed."""

    def attach(pdf: Pdf) -> None:
        pdf.attachments[name] = pikepdf.AttachedFileSpec(pdf, content, filename=name)

    return changed(attach, recompress_flate=True, compress_streams=True)


def with_loose_embedded_file(content: bytes) -> bytes:
    """A PDF with a file that no list names, only an annotation."""

    def attach(pdf: Pdf) -> None:
        file = pdf.make_stream(content, Type=Name.EmbeddedFile)
        specification = Dictionary(Type=Name.Filespec, F=String("los.txt"), EF=Dictionary(F=file))
        annotation = Dictionary(Type=Name.Annot, Subtype=Name.FileAttachment, Rect=[0, 0, 9, 9], FS=specification)
        pdf.pages[0].Annots = Array([annotation])

    return changed(attach)


def with_action(action: Dictionary) -> bytes:
    """A PDF with a form field that does something."""

    def add(pdf: Pdf) -> None:
        field = Dictionary(
            Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=String("veld"), Rect=[0, 0, 9, 9],
            AA=Dictionary(K=action),
        )  # fmt: skip
        fields = Array([pdf.make_indirect(field)])
        pdf.pages[0].Annots = fields
        pdf.Root.AcroForm = Dictionary(Fields=fields)

    return changed(add)


def with_opening(opening) -> bytes:
    """A PDF with an OpenAction: an action, or a place to go to."""

    def add(pdf: Pdf) -> None:
        pdf.Root.OpenAction = opening(pdf)

    return changed(add)
