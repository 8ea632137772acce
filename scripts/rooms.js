/**
 * The house's import licences as an ESLint rule, and what `core` and the environment forbid.
 *
 * Why ours    Project references let an import through once any referenced room reaches it; the rule resolves
 *             each import to a room and asks the table, so a transitive room is refused too. JavaScript, so
 *             that editors on an older Node can lint.
 * Limits      It reads literal import paths; a computed `import(path)` inside src/ is refused outright.
 * Checked by  rooms.test.ts lints one snippet for each licence and each forbidden global.
 */
import path from 'node:path'

/**
 * What each room may import: other rooms, and packages by name (`*` ends a prefix).
 *
 * @type {Readonly<Record<string, { rooms: readonly string[], packages: readonly string[] }>>}
 */
export const ROOMS = {
  core: { rooms: [], packages: [] },
  wire: { rooms: ['core'], packages: ['node:buffer', 'node:crypto', 'cbor2'] },
  store: { rooms: ['core'], packages: ['node:*', 'pg', 'p-limit', 'p-retry'] },
  server: { rooms: ['core', 'wire', 'store'], packages: ['*'] },
  relay: { rooms: ['core', 'wire', 'store'], packages: ['*'] },
  client: {
    rooms: ['core', 'wire'],
    packages: ['node:*', '@aws-sdk/client-marketplace-metering', 'p-limit', 'p-retry'],
  },
  sandbox: {
    rooms: ['core', 'wire', 'store', 'server'],
    packages: ['node:*', 'hono', 'hono/*', '@hono/node-server', 'pure-rand', 'typebox'],
  },
  testing: { rooms: ['core', 'store', 'server'], packages: ['*'] },
  cli: {
    rooms: ['core', 'wire', 'store', 'server', 'relay', 'client', 'sandbox', 'testing'],
    packages: ['*'],
  },
}

const SOURCE_ROOT = path.join(import.meta.dirname, '..', 'src')
const TEST_FILE = /\.(test|spec)\.ts$/

/**
 * Says what is wrong with an import, if anything.
 *
 * @param {string} file Absolute path of the importing file.
 * @param {string} specifier The import as it is written.
 * @returns {string | undefined} A sentence for the developer.
 */
export function findImportProblem(file, specifier) {
  const room = roomOf(file)
  const licence = room === undefined ? undefined : ROOMS[room]
  if (room === undefined || licence === undefined) return undefined
  const isTest = TEST_FILE.test(file)
  if (!specifier.startsWith('.')) {
    if (isTest || licence.packages.some((allowed) => matches(allowed, specifier))) return undefined
    return `${room} may not import the package '${specifier}'.`
  }
  const target = roomOf(path.resolve(path.dirname(file), specifier))
  if (target === undefined) {
    return isTest
      ? undefined
      : `'${specifier}' leaves src/: a room imports rooms and packages only.`
  }
  const allowed = [room, ...licence.rooms, ...(isTest ? ['testing'] : [])]
  return allowed.includes(target) ? undefined : `${room} may not import ${target}.`
}

/** @type {import('eslint').Rule.RuleModule} */
const imports = {
  meta: { type: 'problem', messages: { refused: '{{problem}} See scripts/rooms.js.' }, schema: [] },
  create(context) {
    /** @param {import('estree').Node | null | undefined} source */
    const check = (source) => {
      if (source?.type !== 'Literal' || typeof source.value !== 'string') return
      const problem = findImportProblem(context.filename, source.value)
      if (problem !== undefined) {
        context.report({ node: source, messageId: 'refused', data: { problem } })
      }
    }
    return {
      ImportDeclaration: (node) => check(node.source),
      ExportNamedDeclaration: (node) => check(node.source),
      ExportAllDeclaration: (node) => check(node.source),
      ImportExpression(node) {
        if (node.source.type === 'Literal') check(node.source)
        else {
          const problem = 'import() of a computed path hides what a room reaches.'
          context.report({ node, messageId: 'refused', data: { problem } })
        }
      },
      // `import('../store/x.ts').Name` in a type; ESTree has no name for it.
      TSImportType: (/** @type {any} */ node) => check(node.source ?? node.argument?.literal),
    }
  },
}

export const roomsPlugin = { rules: { imports } }

const CORE_GLOBALS = [
  'Date',
  'Temporal',
  'performance',
  'crypto',
  'process',
  'Buffer',
  'console',
  'fetch',
  'globalThis',
  'global',
  'window',
  'self',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
  'clearImmediate',
  'queueMicrotask',
  'require',
]

/** Settings come from src/cli/config.ts alone. */
const ENVIRONMENT = {
  selector:
    "MemberExpression[object.name='process'][property.name='env'], MemberExpression[object.name='process'][property.value='env'], ImportDeclaration[source.value=/^(node:)?process$/] > ImportSpecifier[imported.name='env'], VariableDeclarator[init.name='process'] > ObjectPattern > Property[key.name='env']",
  message: 'Only src/cli/config.ts reads the environment.',
}

/** @type {import('eslint').Linter.RulesRecord} */
export const environmentRules = { 'no-restricted-syntax': ['error', ENVIRONMENT] }

/** @type {import('eslint').Linter.RulesRecord} */
export const coreRules = {
  'no-restricted-globals': [
    'error',
    ...CORE_GLOBALS.map((name) => ({
      name,
      message: 'core decides from its arguments: no clock, randomness, timers or globals.',
    })),
  ],
  'no-restricted-properties': [
    'error',
    { object: 'Math', property: 'random', message: 'core takes randomness as an argument.' },
  ],
}

/** @param {string} file */
function roomOf(file) {
  const relative = path.relative(SOURCE_ROOT, file)
  if (relative.startsWith('..') || path.isAbsolute(relative)) return undefined
  const [room, ...rest] = relative.split(path.sep)
  return rest.length > 0 ? room : undefined
}

/**
 * @param {string} allowed
 * @param {string} specifier
 */
function matches(allowed, specifier) {
  return allowed.endsWith('*')
    ? specifier.startsWith(allowed.slice(0, -1))
    : allowed === specifier || specifier.startsWith(`${allowed}/`)
}
