/** The lint rules that are ours: a helper that is a generator function, called without `yield*`, does nothing at all. */

/** Whether `callee` names a generator function of the same file. */
function isGenerator(callee, context) {
  for (let scope = context.sourceCode.getScope(callee); scope !== null; scope = scope.upper) {
    const variable = scope.set.get(callee.name);
    if (variable === undefined) continue;
    return variable.defs.some(({ type, node }) => {
      if (type !== "FunctionName" && type !== "Variable") return false;
      const made = type === "Variable" ? node.init : node;
      return made?.generator === true && made.async !== true;
    });
  }
  return false;
}

const noDroppedGenerator = {
  meta: { type: "problem" },
  create: (context) => ({
    ExpressionStatement({ expression }) {
      if (expression.type !== "CallExpression" || expression.callee.type !== "Identifier") return;
      if (!isGenerator(expression.callee, context)) return;
      const message = `${expression.callee.name} makes a generator that nothing runs: write yield* before it, or start it by spawn.`;
      context.report({ node: expression, message });
    },
  }),
};

// oxlint-disable-next-line import/no-default-export -- that is how plugins are given
export default { meta: { name: "skein" }, rules: { "no-dropped-generator": noDroppedGenerator } };
