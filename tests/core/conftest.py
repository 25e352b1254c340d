from tests.services import clamd

__all__ = ["clamd"]
