"""For anybody, without an account: is this bundle still what was sealed, and did this depot seal it?"""

from typing import Any

from flask import Blueprint, Response, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from depot.bundles import queries
from depot.bundles.schemas import CheckIn
from depot.bundles.verification import Verification, told, verify_descriptor
from depot.core import sandbox, seal
from depot.core.authority import Issued
from depot.core.certificates import fingerprint_of, name_of, pem_of
from depot.core.errors import TooLarge, Unavailable
from depot.core.forms import submits
from depot.core.http import DepotFlask
from depot.core.i18n import _
from depot.core.storage import Incoming

SIZE_LIMIT = 512 << 20
"""Bytes of a bundle that is checked here; a larger one is checked with `depot verify`, or as its LEESMIJ says."""
SECONDS = 60

bp = Blueprint("checking", __name__)


@bp.get("/controleren")
def form() -> ResponseReturnValue:
    """Hand in a bundle, or look one up by its number or its hash."""
    mark, own = request.args.get("bundel", "").strip(), seal.current()
    return render_template(
        "bundles/check.html",
        mark=mark,
        known=queries.known(mark) if mark else None,
        found=g.get("checked"),
        made_here=g.get("made_here"),
        seal=own,
        tsa_fingerprints=[fingerprint_of(each) for each in own.trust.tsa_roots],
        limit=SIZE_LIMIT >> 20,
    )


@bp.post("/controleren")
@submits(CheckIn, again=form)
def check(data: dict[str, Any]) -> ResponseReturnValue:
    """Check a bundle. It is not kept."""
    g.checked = _checked(data["upload"])
    g.made_here = queries.known(g.checked.tag_manifest_sha256) if g.checked.tag_manifest_sha256 else None
    return form()


@bp.get("/.well-known/depot-zegel")
def seal_json() -> Response:
    """The root of this depot's seal, to compare with the one in a bundle, and every certificate it sealed with before."""
    own = seal.current()
    return jsonify(
        naam=own.name,
        vingerafdrukSha256=own.fingerprint,
        root=own.root_pem.decode(),
        certificaten=[_told(each) for each in own.published],
        tijdstempelroots=[
            {"naam": name_of(each), "vingerafdrukSha256": fingerprint_of(each), "certificaat": pem_of(each).decode()}
            for each in own.trust.tsa_roots
        ],
    )


def _told(issued: Issued) -> dict[str, Any]:
    return {
        "soort": {"root": "root", "seal": "zegel", "tsa": "tijdstempel"}[issued.role],
        "inGebruik": issued.is_current,
        "naam": issued.name,
        "nummer": issued.serial,
        "geldigVan": issued.since.isoformat(),
        "geldigTot": issued.until.isoformat(),
        "vingerafdrukSha256": issued.fingerprint,
        "certificaat": issued.pem.decode(),
    }


def _checked(upload: FileStorage) -> Verification:
    incoming = upload.stream
    if not isinstance(incoming, Incoming) or incoming.is_too_large:
        raise TooLarge(
            _("Het bestand is te groot."),
            {
                "bestand": [
                    _(
                        "Hier kan een bundel van hoogstens %(limit)s MB. Neem voor een grotere de opdrachten in LEESMIJ.txt.",
                        limit=SIZE_LIMIT >> 20,
                    )
                ]
            },
        )
    trust = seal.current().trust
    pems = {name: "".join(pem_of(root).decode() for root in roots) for name, roots in vars(trust).items()}
    with incoming.finish().open("rb") as file:
        result = sandbox.run(verify_descriptor, file, pems, seconds=SECONDS)
    if result.outcome is not sandbox.Outcome.OK:
        raise Unavailable(_("Deze controle is niet gelukt. Gebruik de opdrachten in LEESMIJ.txt."))
    return told(result.value)


def take_bundles() -> None:
    """A gate: a whole bundle may come in here, more than a document is elsewhere."""
    if request.endpoint == "checking.check":
        # One that is somewhat too large still comes in, so that its field can say so.
        request.max_content_length, request.upload_limit = 2 * SIZE_LIMIT, SIZE_LIMIT  # type: ignore[attr-defined] # of our Request


def init_app(app: DepotFlask) -> None:
    """Let bundles in."""
    app.gates.append(take_bundles)
    app.register_blueprint(bp)
