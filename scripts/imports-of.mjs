/**
 * Finds everything in a source file that names another module, whatever the spelling.
 *
 * `import`, `export … from`, `import()`, `import x = require()`, `require()`, `import("…").T` and `typeof import("…")` types,
 * `declare module "./…"`, `/// <reference path>`, `new URL("./…", import.meta.url)`. Mocks such as `vi.mock("…")` are no imports.
 */
import ts from "typescript";

/**
 * @typedef {object} Import
 * @property {string | null} specifier null = computed, so nobody can say what it is
 * @property {boolean} typeOnly gone after compilation; `import { type A }` is not: under verbatimModuleSyntax the import stays
 * @property {number} line from 1
 * @property {number} column from 1
 */

/**
 * @param {string} file its name decides the language
 * @param {string} text
 * @returns {Import[]} in order of appearance
 */
export function importsOf(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  /** @type {Import[]} */
  const found = [];
  /**
   * @param {ts.Node} node
   * @param {string | null} specifier
   * @param {boolean} typeOnly
   */
  const add = (node, specifier, typeOnly) => {
    const { line, character } = source.getLineAndCharacterOfPosition(node.getStart(source));
    found.push({ specifier, typeOnly, line: line + 1, column: character + 1 });
  };
  /** @param {ts.Node} node */
  const visit = (node) => {
    const reference = referenceOf(node);
    if (reference !== null) add(node, reference.specifier, reference.typeOnly);
    ts.forEachChild(node, visit);
  };
  for (const { fileName, pos } of source.referencedFiles) {
    const { line, character } = source.getLineAndCharacterOfPosition(pos);
    const specifier = /^[./]/.test(fileName) ? fileName : `./${fileName}`;
    found.push({ specifier, typeOnly: true, line: line + 1, column: character + 1 });
  }
  visit(source);
  return found;
}

/**
 * @param {ts.Node} node
 * @returns {{ specifier: string | null, typeOnly: boolean } | null} null = names no module
 */
function referenceOf(node) {
  if (ts.isImportDeclaration(node)) {
    return { specifier: textOf(node.moduleSpecifier), typeOnly: node.importClause?.isTypeOnly ?? false };
  }
  if (ts.isExportDeclaration(node)) {
    return node.moduleSpecifier ? { specifier: textOf(node.moduleSpecifier), typeOnly: node.isTypeOnly } : null;
  }
  if (ts.isImportEqualsDeclaration(node)) {
    if (!ts.isExternalModuleReference(node.moduleReference)) return null;
    return { specifier: textOf(node.moduleReference.expression), typeOnly: node.isTypeOnly };
  }
  if (ts.isImportTypeNode(node)) {
    const { argument } = node;
    return { specifier: ts.isLiteralTypeNode(argument) ? textOf(argument.literal) : null, typeOnly: true };
  }
  if (ts.isModuleDeclaration(node) && ts.isStringLiteral(node.name)) {
    return { specifier: node.name.text, typeOnly: true };
  }
  if (ts.isCallExpression(node)) {
    const isImport = node.expression.kind === ts.SyntaxKind.ImportKeyword;
    const isRequire = ts.isIdentifier(node.expression) && node.expression.text === "require";
    return isImport || isRequire ? { specifier: textOf(node.arguments[0]), typeOnly: false } : null;
  }
  return urlOf(node);
}

/**
 * `new URL("./worker.ts", import.meta.url)` names a module only when the path ends like one.
 *
 * @param {ts.Node} node
 */
function urlOf(node) {
  if (!ts.isNewExpression(node) || !ts.isIdentifier(node.expression) || node.expression.text !== "URL") return null;
  const path = textOf(node.arguments?.[0]);
  return path !== null && /^\.\.?\/.*\.[cm]?[jt]s$/.test(path) ? { specifier: path, typeOnly: false } : null;
}

/** @param {ts.Node | undefined} node */
function textOf(node) {
  return node && ts.isStringLiteralLike(node) ? node.text : null;
}
