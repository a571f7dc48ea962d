/** The two tasks that `regatta init` writes, in Harbor's task format. They need nothing but sh and coreutils. */

/** Path under `tasks/` → content. */
export function templateTasks(): Readonly<Record<string, string>> {
  return {
    ...task("hello-file", "files", {
      "instruction.md": `Create the file \`/app/hello.txt\`. It must hold exactly one line: \`Hello, race!\`
`,
      "environment/Dockerfile": dockerfile(),
      "solution/solve.sh": `#!/bin/sh
set -eu
printf 'Hello, race!\\n' > /app/hello.txt
`,
      "tests/test.sh": testScript(`printf 'Hello, race!\\n' | cmp -s - /app/hello.txt`),
    }),
    ...task("sum-column", "data", {
      "instruction.md": `The file \`/app/sales.csv\` has a header line and the columns \`item,amount\`.
Write the sum of all amounts to \`/app/total.txt\`, as one line with the number alone.
`,
      "environment/Dockerfile": dockerfile("COPY sales.csv /app/sales.csv\n"),
      "environment/sales.csv": `item,amount
oars,120
rope,35
sail,480
paint,65
`,
      "solution/solve.sh": `#!/bin/sh
set -eu
total=0
while IFS=, read -r item amount; do
  case $item in item) continue ;; esac
  total=$((total + amount))
done < /app/sales.csv
echo "$total" > /app/total.txt
`,
      "tests/test.sh": testScript(`[ "$(cat /app/total.txt 2>/dev/null)" = 700 ]`),
    }),
  };
}

function task(id: string, category: string, files: Readonly<Record<string, string>>): Record<string, string> {
  const all: Record<string, string> = { [`${id}/task.toml`]: taskToml(category) };
  for (const [path, content] of Object.entries(files)) all[`${id}/${path}`] = content;
  return all;
}

function taskToml(category: string): string {
  return `schema_version = "1.4"

[metadata]
difficulty = "easy"
category = "${category}"

[agent]
timeout_sec = 120.0

[verifier]
timeout_sec = 60.0

[environment]
build_timeout_sec = 300.0
cpus = 1
memory_mb = 512
storage_mb = 1024
`;
}

function dockerfile(more = ""): string {
  return `FROM debian:bookworm-slim
WORKDIR /app
${more}`;
}

/** @param condition a command of the shell that succeeds when the task is solved */
function testScript(condition: string): string {
  return `#!/bin/sh
# The verdict is the number in reward.txt; the exit code does not count.
mkdir -p /logs/verifier
if ${condition}; then
  echo 1 > /logs/verifier/reward.txt
else
  echo 0 > /logs/verifier/reward.txt
fi
`;
}
