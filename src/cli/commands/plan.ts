import { jsonText } from "../../base/inert.ts";
import { preparePlan } from "../../app/prepare-plan.ts";
import { type Design, designLines, designOf } from "../../app/design.ts";
import { type ExpectedCost, expectedCost } from "../../app/expected-cost.ts";
import { explained } from "../../app/explained.ts";
import { EXIT } from "../../contract/exit-codes.ts";
import { printable } from "../../terminal/printable.ts";
import type { CommandBody } from "../commands.ts";
import { overridesOf } from "../overrides.ts";
import { explainText } from "../render/explain.ts";
import { planText } from "../render/plan.ts";
import { planJson } from "../render/plan-json.ts";

const plan: CommandBody<"plan"> = async ({ experiment: file }, options, io) => {
  const prepared = await preparePlan({
    file,
    say: (line) => void io.stderr.write(`${printable(line)}\n`),
    tasks: options.tasks ?? [],
    profiles: options.profiles ?? [],
    overrides: overridesOf(options),
  });
  const design = designOf(prepared.plan);
  const cost = await expectedCost(prepared.plan);
  const { statements } = prepared.abilities;
  const values = options.explain ? explained(prepared.experiment) : null;
  if (options.json) {
    const explain = values === null ? {} : { explain: values };
    io.stdout.write(
      jsonText({
        ...planJson(prepared.plan),
        environment_statements: statements,
        design: snake(design),
        expected_cost: cost,
        ...explain,
      }),
    );
  } else {
    const look = io.terminal();
    io.stdout.write(planText(prepared.plan, look, [...designLines(design), costLine(cost)], statements));
    if (values !== null) io.stdout.write(`\n${explainText(values, look)}`);
  }
  return EXIT.ok;
};
export default plan;

function costLine({ usd, trials, because }: ExpectedCost): string {
  return usd === null
    ? `expected cost: not known (${because})`
    : `expected cost: $${usd.toFixed(2)} for ${trials} trials, ${because}`;
}

function snake({ tasks, attempts, comparisons, leastSweep, detectable }: Design): object {
  return { tasks, attempts, comparisons, least_sweep: leastSweep, detectable_difference: detectable };
}
