"""What a plugin asks the host while it runs."""

import sys

from redwasp_sdk import CallError, Collector, Command, Plan, Report, Request, Route, Server, export, log


class Asking(Collector[None]):
    """Asks for the size of database 0 on each way there is, and tells what came of it."""

    name = "asking"
    version = "1.0.0"
    summary = "What a plugin asks the host while it runs."

    def configure(self, config: None, server: Server, plan: Plan) -> None:
        plan.ask(["DBSIZE", "GET"], ["greeting"])
        self.asked = plan.gauge("asking_keys", "Keys, by the way they were asked for.", ["route"])
        self.left = plan.gauge("asking_left", "Commands that are left of the budget.")
        self.calls_left = plan.gauge("asking_calls_left", "Calls that are left of the budget.")
        self.nodes = plan.gauge("asking_nodes", "Nodes behind the target.")

    def collect(self, request: Request, report: Report) -> None:
        node = request.nodes()[0]
        report.set(self.nodes, [], len(request.nodes()))
        routes = [Route.automatic(), Route.any(), Route.owner_of("k"), Route.replica_of(b"k"), Route.node(node.id)]
        for route in routes:
            replies = request.pipeline([Command("DBSIZE")], route)
            report.set(self.asked, [route.name], replies.reply(0).integer())
        for command in (Command("FLUSHALL"), Command("GET", "other"), Command("GET", "greeting")):
            try:
                report.warn(request.pipeline([command]).reply(0).text())
            except CallError as error:
                report.warn(f"{type(error).__name__}: {error}")
        try:
            request.pipeline([Command("DBSIZE")], Route.node("nowhere"))
        except CallError as error:
            report.warn(f"{type(error).__name__}: {error}")
        report.set(self.left, [], request.remaining().commands)
        report.set(self.calls_left, [], request.remaining().calls)
        for level in (log.trace, log.debug, log.info, log.warn, log.error):
            level(f"as {level.__name__}", half="\udcff", number=7)
        print("printed")
        print("shouted", file=sys.stderr)


export(Asking)
