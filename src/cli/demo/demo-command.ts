import { Command, InvalidArgumentError, Option } from "commander";
import { runDemo } from "./run-demo.ts";
import { DEFAULT_SCENARIO, SCENARIOS, findScenario } from "./scenarios.ts";
import { createTerminal } from "./story/terminal.ts";
import { DEFAULT_SPEED, MAX_SPEED } from "./timeline.ts";

interface DemoFlags {
  readonly scenario: string;
  readonly speed: number;
  readonly list?: true;
  readonly exit?: true;
  readonly stay?: true;
}

const MORE_HELP = `
A made-up payment company runs on this machine and sends real traces to a real
Noroshi with empty stores. Something breaks; PagerDuty and Slack (local stand-ins)
are told, and told again when it is over. Nothing needs to be configured, nothing
leaves the machine, and everything is removed at the end.

Scenarios:
${scenarioLines()}

Examples:
  $ noroshi demo                          the default story, about 80 seconds
  $ noroshi demo --scenario slow-ledger   a latency budget burns, nothing fails
  $ noroshi demo --speed 60 --stay        slower, and stays up afterwards

Exit code: 0 everything came true, 1 something did not, 2 it could not run,
130 interrupted.`;

/** `noroshi demo`: shows the main job, with nothing configured. */
export function demoCommand(): Command {
  return new Command("demo")
    .description(
      "Watch an error budget burn, PagerDuty and Slack being told, and both hearing that it is over",
    )
    .addOption(
      new Option("--scenario <name>", "what goes wrong")
        .choices(SCENARIOS.map(({ name }) => name))
        .default(DEFAULT_SCENARIO),
    )
    .option("--speed <times>", `simulated seconds per real one, 1 to ${MAX_SPEED}`, readSpeed, DEFAULT_SPEED)
    .option("--list", "list the scenarios and stop")
    .addOption(new Option("--exit", "end with the story, also on a terminal").conflicts("stay"))
    .addOption(new Option("--stay", "keep everything running after the story, also without a terminal"))
    .addHelpText("after", MORE_HELP)
    .action(async (flags: DemoFlags) => {
      if (flags.list === true) process.stdout.write(`${scenarioLines()}\n`);
      else process.exitCode = await play(flags);
    });
}

async function play(flags: DemoFlags): Promise<number> {
  const scenario = findScenario(flags.scenario);
  if (scenario === undefined) return 2;
  const terminal = createTerminal(process.stdout, process.env["NO_COLOR"]);
  const stopping = new AbortController();
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  // The first asks for a clean end; who asks twice does not want to wait.
  const interrupt = (): void => (stopping.signal.aborted ? process.exit(130) : stopping.abort());
  for (const signal of signals) process.on(signal, interrupt);
  try {
    return await runDemo({
      scenario,
      speed: flags.speed,
      stay: flags.stay === true || (flags.exit !== true && terminal.interactive),
      terminal,
      signal: stopping.signal,
    });
  } finally {
    for (const signal of signals) process.removeListener(signal, interrupt);
  }
}

function readSpeed(text: string): number {
  const speed = Number(text);
  if (Number.isFinite(speed) && speed >= 1 && speed <= MAX_SPEED) return speed;
  throw new InvalidArgumentError(`Write a number from 1 (real time) to ${MAX_SPEED}.`);
}

function scenarioLines(): string {
  const width = Math.max(...SCENARIOS.map(({ name }) => name.length));
  return SCENARIOS.map(({ name, summary }) => {
    const note = name === DEFAULT_SCENARIO ? " (default)" : "";
    return `  ${name.padEnd(width)}  ${summary}${note}`;
  }).join("\n");
}
