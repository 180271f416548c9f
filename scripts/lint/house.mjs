// House rules for oxlint that no ready-made rule covers.

/** A type assertion is a claim the compiler cannot check, so a comment has to prove it. */
const assertionNeedsProof = {
  meta: {
    type: 'problem',
    messages: {
      unproven: 'A type assertion needs a comment that proves it, on its line or directly above the statement.',
    },
  },
  create(context) {
    const commentLines = new Set();
    for (const comment of context.sourceCode.getAllComments()) {
      for (let line = comment.loc.start.line; line <= comment.loc.end.line; line += 1) commentLines.add(line);
    }
    return {
      TSAsExpression(node) {
        const type = node.typeAnnotation;
        if (type.type === 'TSTypeReference' && type.typeName.name === 'const') return;
        for (let line = firstLineOfStatement(node) - 1; line <= node.loc.end.line; line += 1) {
          if (commentLines.has(line)) return;
        }
        context.report({ node, messageId: 'unproven' });
      },
    };
  },
};

function firstLineOfStatement(node) {
  let current = node;
  while (current.parent && !/Statement$|Declaration$|Definition$/.test(current.type)) current = current.parent;
  return current.loc.start.line;
}

export default {
  meta: { name: 'house' },
  rules: { 'assertion-needs-proof': assertionNeedsProof },
};
