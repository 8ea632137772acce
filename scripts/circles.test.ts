/**
 * No file takes a value from one that takes values from it, however long the way round.
 *
 * Why         Which of such files is loaded first decides what the others find, and none can be read by itself.
 * Limits      Types may go in circles, for they are gone before anything is loaded; so may `import()`, which waits.
 */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { it } from 'node:test'
import ts from 'typescript'

const ROOT = path.join(import.meta.dirname, '..')
const FILES = globSync('{src,conformance,bench,faults,scripts,testing}/**/*.ts', {
  cwd: ROOT,
  exclude: ['**/node_modules', 'conformance/sdks/*/**', 'testing/packed/projects/**'],
})

it('a circle of imports is found, and one of types is none', () => {
  const of = (a: string, b: string) => circleOf(new Map([entry('x/a.ts', a), entry('x/b.ts', b)]))
  const back = "export * from './a.ts'"
  assert.deepEqual(of("import { b } from './b.ts'", back), ['x/a.ts', 'x/b.ts', 'x/a.ts'])
  assert.equal(of("import type { B } from './b.ts'", back), undefined)
})

it('no imports of values go in a circle', () => {
  const graph = new Map(
    FILES.map((file) => entry(file, readFileSync(path.join(ROOT, file), 'utf8'))),
  )
  assert.ok(graph.size > 500)
  const circle = circleOf(graph)?.join(' imports ')
  assert.equal(circle, undefined, `${circle}; move what they share into the lowest, or below it.`)
})

/** What is left of the imports once types are stripped, as Node strips them. */
function entry(file: string, text: string): readonly [string, readonly string[]] {
  const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ESNext }
  const compilerOptions = { ...options, verbatimModuleSyntax: true }
  const { outputText } = ts.transpileModule(text, { compilerOptions })
  const taken = [...outputText.matchAll(/^(?:import|export)\b[^'"]*?['"](\.[^'"]+)['"];$/gm)]
  return [file, taken.map(([, to = '']) => path.join(path.dirname(file), to))]
}

function circleOf(graph: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const done = new Set<string>()
  const walk = (file: string, way: readonly string[]): readonly string[] | undefined => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file]
    if (done.has(file)) return undefined
    done.add(file)
    return (graph.get(file) ?? []).map((to) => walk(to, [...way, file])).find((found) => found)
  }
  return [...graph.keys()].map((file) => walk(file, [])).find((found) => found)
}
