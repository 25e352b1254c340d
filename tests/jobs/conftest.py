from tests.mail.conftest import app, ctx

__all__ = ["app", "ctx"]
