"""
`python3 dev up`: the whole system until Ctrl-C.
"""

import argparse
from contextlib import ExitStack

from dev.cli import Stop
from dev.display import progress
from dev.places import LOGS, UP_FILE
from dev.ports import is_free
from dev.processes import Child, ChildFailed
from dev.system import STEPS, Plan, System, running_system
from dev.up_file import up_file_or_stop

# How often the approver's questions are looked for; also how soon Windows sees a Ctrl-C.
LOOK_EVERY_S = 0.4


def run(options: argparse.Namespace) -> int:
    """
    0 when stopped by the person, 1 when something could not stay up.
    """
    with up_file_or_stop() as up_file, ExitStack() as stack:
        if options.port and not is_free(options.port):
            raise Stop(f"port {options.port} is taken; choose another: python3 dev up --port 0")
        plan = Plan(port=options.port, keep_data=options.keep_data, approver=options.approver)
        stopping = stack.enter_context(ExitStack())
        try:
            with progress(STEPS) as display:
                system = stack.enter_context(running_system(plan, display, up_file))
            print(welcome(system, options.approver), flush=True)
            stay(system)
        except ChildFailed as error:
            raise Stop(str(error)) from error
        except KeyboardInterrupt:
            stopping.callback(print, "stopped", flush=True)
            print("\nstopping ...", flush=True)
            return 0
    raise Stop(system.host.why_failed())


def stay(system: System) -> None:
    """
    Until the host cannot be kept alive, or another part has ended; meanwhile show what the
    approver asks.
    """
    asked = Questions(system.children["approver"])
    while not system.host.failed.wait(LOOK_EVERY_S):
        for line in asked.new_lines():
            print(line, flush=True)
        for child in system.children.values():
            child.must_run()


class Questions:
    """
    What the approver wrote since the last look, its JSON lines left out.
    """

    def __init__(self, child: Child) -> None:
        self.child = child
        self.seen = 0

    def new_lines(self) -> list[str]:
        output = self.child.output()
        complete = output[: output.rfind("\n") + 1]
        fresh = complete[self.seen :]
        self.seen = len(complete)
        return [line for line in fresh.splitlines() if not line.startswith("{")]


def welcome(system: System, approver: str) -> str:
    """
    Addresses, keys and commands to paste.
    """
    api, keys = system.places.api_url, system.keys
    how = "approves by itself" if approver == "auto" else "prints here what waits for a decision"
    return f"""
API         {api}
Console     {api}/console (asks for a key: the full one shows all of it)
Full key    {keys.function}
Read key    {keys.read_only}
Simulator   {system.places.simulator_url}
Approver    {system.places.approver_url} ({how})
All of it   {UP_FILE}
Logs        {LOGS}

For the commands below, and those of README.md (on Windows put the values in yourself):
  export API={api} KEY={keys.function} APPROVER={system.places.approver_url}
Submit:
  curl -s -X POST "$API/images" -H "x-functions-key: $KEY" \\
    -H 'content-type: application/json' \\
    -d '{{"prompt":"A lighthouse at dusk, watercolour","purpose":"a try",
         "callbackUrl":"'"$APPROVER"'","callbackEvents":["*"]}}'
Look (ID from the answer):
  curl -s "$API/images/ID" -H "x-functions-key: $KEY"
Decide:
  curl -s -X POST "$API/images/ID/decision" -H "x-functions-key: $KEY" \\
    -H 'content-type: application/json' \\
    -d '{{"decision":"approve","reviewer":"me@example.com"}}'
Make the next model call answer 429:
  curl -s -X POST {system.places.simulator_url}/__faults \\
    -H 'content-type: application/json' -d '[{{"kind":"429","times":1,"retryAfterS":2}}]'

Ctrl-C stops everything.
"""
