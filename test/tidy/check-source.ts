/** The architecture as a function: files in, violations out. Works on the syntax tree, so comments and texts cannot mislead it. */
import ts from 'typescript';
import { CLOCKLESS_ROOMS, MAY_IMPORT, PURE_PACKAGES, PURE_ROOMS } from './rooms.ts';
import type { SourceText } from './tree.ts';

const LINES_MAX = 400;

const isIn = (list: readonly string[], item: string): boolean => list.includes(item);

/** `src/rules/rule.ts` -> `rules`; `src/main.ts` -> `main.ts`; `scripts/asterisk/x.ts` -> `scripts/asterisk`. */
function roomOf(path: string): string {
  const [top = '', room = '', third] = path.split('/');
  if (top === 'src') return room;
  return third === undefined ? top : `${top}/${room}`;
}

const adapterOf = (path: string): string => path.split('/').slice(0, 3).join('/');

/** `src/rules/a.ts` and `../domain/b.ts` -> `src/domain/b.ts`. */
function resolveImport(from: string, specifier: string): string {
  const parts = from.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

function importProblem(path: string, specifier: string): string | undefined {
  const room = roomOf(path);
  if (!specifier.startsWith('.')) {
    if (isIn(PURE_ROOMS, room) && !isIn(PURE_PACKAGES, specifier)) {
      return `\`${room}\` is pure and must not import \`${specifier}\``;
    }
    // The browser takes `/` from the server that serves the page.
    return room === 'page' && !specifier.startsWith('/')
      ? `\`page\` is static and must not import \`${specifier}\``
      : undefined;
  }
  const target = resolveImport(path, specifier);
  const targetRoom = roomOf(target);
  if (room === 'adapters' && targetRoom === 'adapters') {
    return adapterOf(path) === adapterOf(target)
      ? undefined
      : `an adapter must not import another, \`${target}\``;
  }
  if (room === targetRoom) return undefined;
  const allowed = [...(MAY_IMPORT[room] ?? []), ...(MAY_IMPORT[path.slice('src/'.length)] ?? [])];
  const name = targetRoom === 'adapters' ? 'adapters/*' : targetRoom;
  return allowed.includes(name) ? undefined : `\`${room}\` must not import \`${target}\``;
}

/** Violations in one file below `src`, each as `path:line: what`. */
export function checkSource({ path, source }: SourceText): readonly string[] {
  const problems: string[] = [];
  const room = roomOf(path);
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.ES2023, true);
  const report = (node: ts.Node, what: string): void => {
    problems.push(`${path}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${what}`);
  };
  const lines = source.split('\n').length - 1;
  if (lines > LINES_MAX) problems.push(`${path}: has ${lines} lines, at most ${LINES_MAX}`);
  if (!Object.hasOwn(MAY_IMPORT, room)) problems.push(`${path}: \`${room}\` is no room of the house`);
  const isDeclarations = path.endsWith('.d.ts');

  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node);
    const wrong = specifier === undefined ? undefined : importProblem(path, specifier.text);
    if (wrong !== undefined) report(node, wrong);
    if (ts.isEnumDeclaration(node)) report(node, 'no `enum`: a list `as const` instead');
    // Declarations of a foreign package must say what that package exports.
    if (!isDeclarations && isDefaultExport(node)) report(node, 'no default export');
    const used = globalUse(node);
    if (used !== undefined) {
      const because = forbiddenUse(used, room);
      if (because !== undefined) report(node, `${because}: \`${used}\``);
    }
    if (isIn(PURE_ROOMS, room) && (ts.isAwaitExpression(node) || isAsync(node))) {
      report(node, `\`${room}\` is pure and awaits nothing`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return problems;
}

/** The module a node imports: `import`, `export from`, `import()`, `import('x').T`. */
function specifierOf(node: ts.Node): ts.StringLiteral | undefined {
  let found: ts.Node | undefined;
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) found = node.moduleSpecifier;
  else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    found = node.arguments[0];
  } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) found = node.argument.literal;
  return found !== undefined && ts.isStringLiteral(found) ? found : undefined;
}

function isDefaultExport(node: ts.Node): boolean {
  if (ts.isExportAssignment(node)) return true;
  if (ts.isExportSpecifier(node)) return node.name.text === 'default';
  const modifiers = ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []) : [];
  return modifiers.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword);
}

const isAsync = (node: ts.Node): boolean =>
  ts.canHaveModifiers(node) &&
  (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword);

const CLOCKS = ['Date.now', 'new Date()', 'Date()', 'performance.now', 'process.hrtime', 'DateTime.now'];
const DICE = ['Math.random'];
const TIMERS = ['setTimeout', 'setInterval', 'setImmediate'];

function forbiddenUse(used: string, room: string): string | undefined {
  if (used === 'process.env') {
    return room === 'main.ts' || room === 'cli' ? undefined : 'only main.ts and cli read the environment';
  }
  if ([...CLOCKS, ...DICE].includes(used)) {
    return isIn(CLOCKLESS_ROOMS, room) ? `\`${room}\` is handed time and chance` : undefined;
  }
  const timerless = [...PURE_ROOMS, 'control', 'ports', 'config'];
  return timerless.includes(room) ? `\`${room}\` is handed its timers` : undefined;
}

/** The name of a watched global that a node uses, in the spelling of the lists above. */
function globalUse(node: ts.Node): string | undefined {
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date') {
    return (node.arguments?.length ?? 0) === 0 ? 'new Date()' : undefined;
  }
  if (ts.isCallExpression(node)) {
    const callee = node.expression.getText();
    if (callee === 'Date') return 'Date()';
    if (/^DateTime\.(local|utc)$/.test(callee) && node.arguments.length === 0) return 'DateTime.now';
  }
  if (ts.isPropertyAccessExpression(node)) {
    // A program we start inherits the whole environment; that reads no setting.
    if (ts.isSpreadAssignment(node.parent)) return undefined;
    const text = `${node.expression.getText().replace(/^globalThis\./, '')}.${node.name.text}`;
    return [...CLOCKS, ...DICE, ...TIMERS, 'process.env'].includes(text) ? text : undefined;
  }
  if (ts.isElementAccessExpression(node)) {
    const member = ts.isStringLiteral(node.argumentExpression) ? node.argumentExpression.text : '';
    const text = `${node.expression.getText()}.${member}`;
    return [...CLOCKS, ...DICE, 'process.env'].includes(text) ? text : undefined;
  }
  if (!ts.isIdentifier(node) || !TIMERS.includes(node.text)) return undefined;
  const { parent } = node;
  const isName =
    (ts.isPropertyAccessExpression(parent) &&
      parent.name === node &&
      parent.expression.getText() !== 'globalThis') ||
    ((ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent)) && parent.name === node);
  return isName ? undefined : node.text;
}
