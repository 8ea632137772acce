import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import ts from 'typescript'

const SOURCE = path.join(import.meta.dirname, '..')

// A seller's program takes all of this with it, so the list is exact: whoever lengthens it does so here, on purpose.
test('the client reaches core, wire, the AWS SDK and two small packages, and nothing else', () => {
  const { rooms, packages } = reachOf(path.join(SOURCE, 'client/index.ts'))
  assert.deepEqual(rooms, ['client', 'core', 'wire'])
  assert.deepEqual(packages, [
    '@aws-sdk/client-marketplace-metering',
    'node:buffer',
    'p-limit',
    'p-retry',
  ])
})

test('the container alone needs no SDK and no package at run time', () => {
  const start = path.join(SOURCE, 'client/batch-meter-usage-request.ts')
  assert.deepEqual(reachOf(start, { withTypes: false }).packages, ['node:buffer'])
})

/** Everything that a module imports, itself and by others: statically, dynamically, and for types. */
function reachOf(start: string, { withTypes = true } = {}) {
  const files = new Set([start])
  const packages = new Set<string>()
  // A set may grow while it is walked.
  for (const file of files) {
    for (const specifier of importsOf(readFileSync(file, 'utf8'), withTypes)) {
      if (specifier.startsWith('.')) files.add(path.resolve(path.dirname(file), specifier))
      else packages.add(specifier)
    }
  }
  const rooms = new Set([...files].map((file) => path.relative(SOURCE, file).split(path.sep)[0]))
  return { rooms: [...rooms].sort(), packages: [...packages].sort() }
}

function importsOf(source: string, withTypes: boolean): string[] {
  const { ESNext } = ts.ModuleKind
  const compilerOptions = {
    module: ESNext,
    target: ts.ScriptTarget.ESNext,
    verbatimModuleSyntax: true,
  }
  const text = withTypes ? source : ts.transpileModule(source, { compilerOptions }).outputText
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName)
}
