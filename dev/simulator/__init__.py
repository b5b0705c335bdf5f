"""A stand-in for the images part of Azure OpenAI, for development and tests only.

It speaks the wire contract closely enough that the official ``openai`` package takes it for the
service, draws real pictures, obeys fault orders and keeps a ledger of what it would have billed.
"""

from .options import Options
from .running import Simulator, running_simulator

__all__ = ["Options", "Simulator", "running_simulator"]
