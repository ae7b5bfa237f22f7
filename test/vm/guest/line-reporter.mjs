// A reporter of vitest: "check " and one JSON object a line for each test as it ends, and errors outside of tests.

export default class LineReporter {
  onTestCaseResult(test) {
    const { state, errors, note } = test.result();
    const detail = state === "failed" ? errors.map(describe).join("\n") : note;
    write({ name: test.fullName, state, detail });
  }

  onTestRunEnd(_, errors) {
    for (const error of errors) {
      write({ name: "outside of tests", state: "failed", detail: describe(error) });
    }
  }
}

function describe({ message, diff, stack }) {
  const [at = ""] = /test\/[^\s)]+:\d+:\d+/.exec(stack ?? "") ?? [];
  return [message, diff ?? "", at].filter(Boolean).join("\n");
}

function write(result) {
  process.stdout.write(`check ${JSON.stringify(result)}\n`);
}
