"""Proves WebSocket servers and clients: conformance runs, scenarios of one's own, a pytest plugin."""

from wsproof._core import (
    Case,
    ClientRun,
    Outcome,
    Report,
    RunError,
    ServerRun,
    Session,
    StartedServer,
    UsageError,
    load_scenarios,
    parse_scenarios,
    select,
    select_by_spec,
)
from wsproof.aio import fuzzing_server, run_case
from wsproof.conformance import ServerConformance
from wsproof.memory import Peer, PeerError, run_in_memory
from wsproof.scenario import Scenario

__all__ = [
    "Case",
    "ClientRun",
    "Outcome",
    "Peer",
    "PeerError",
    "Report",
    "RunError",
    "Scenario",
    "ServerConformance",
    "ServerRun",
    "Session",
    "StartedServer",
    "UsageError",
    "fuzzing_server",
    "load_scenarios",
    "parse_scenarios",
    "run_case",
    "run_in_memory",
    "select",
    "select_by_spec",
]
