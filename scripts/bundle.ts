/**
 * What a seller's program imports, as a file each: ESM and CommonJS, with declarations for both.
 *
 * Why bundled   `marketmeter/testing` is a hundred files and some packages, and each test file pays for them anew. Packages that are
 *               ESM alone cannot be required where a test runner loads modules by itself, as Jest does.
 * Declarations  stay tsc's: those for CommonJS point at them, and name each value again.
 * Checked by testing/packed/
 */
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { type OutputOptions, rolldown } from 'rolldown'
import { noticeOf } from './third-party.ts'

interface Entry {
  /** As in `marketmeter/testing`. */
  readonly name: string
  /** The module of `src/` that it is. */
  readonly module: string
}

const ENTRIES: readonly Entry[] = [
  { name: 'testing', module: 'sandbox/index' },
  { name: 'client', module: 'client/index' },
]
const NODE_MIN = 'node20.19'
const FORMATS = [
  { format: 'esm', extension: 'js' },
  // Jest has no `import()` in CommonJS.
  { format: 'cjs', extension: 'cjs', dynamicImportInCjs: false },
] as const

/** Writes `exports/` into `dist`, which tsc has written. */
export async function bundle(root: string, dist: string): Promise<void> {
  const folder = path.join(dist, 'exports')
  await mkdir(folder)
  const modules: string[] = []
  for (const entry of ENTRIES) {
    modules.push(...(await writeJavaScript(entry, root, folder)))
    await writeDeclarations(entry, folder)
  }
  await writeFile(path.join(folder, 'THIRD-PARTY.txt'), await noticeOf(modules))
}

/** @returns The modules of packages that went in. */
async function writeJavaScript(
  { name, module }: Entry,
  root: string,
  folder: string,
): Promise<readonly string[]> {
  const built = await rolldown({
    cwd: root,
    input: { [name]: `src/${module}.ts` },
    platform: 'node',
    // The seller's own.
    external: /^@aws-sdk\//,
    transform: { target: NODE_MIN },
  })
  const modules: string[] = []
  for (const { extension, ...options } of FORMATS) {
    const { output } = await built.write({ ...options, dir: folder, ...namedBy(name, extension) })
    for (const file of output) if (file.type === 'chunk') modules.push(...file.moduleIds)
  }
  await built.close()
  return modules.filter((module) => module.includes(`${path.sep}node_modules${path.sep}`))
}

function namedBy(entry: string, extension: string): OutputOptions {
  return { entryFileNames: `[name].${extension}`, chunkFileNames: `${entry}-[name].${extension}` }
}

async function writeDeclarations({ name, module }: Entry, folder: string): Promise<void> {
  const source = `'../${module}.js'`
  const ofEsm = `${source} with { 'resolution-mode': 'import' }`
  const values = (await import(pathToFileURL(path.join(folder, `${name}.js`)).href)) as Readonly<
    Record<string, unknown>
  >
  await writeFile(path.join(folder, `${name}.d.ts`), `export * from ${source}\n`)
  await writeFile(
    path.join(folder, `${name}.d.cts`),
    `import type * as esm from ${ofEsm}\nexport type * from ${ofEsm}\n` +
      Object.entries(values).map(declarationOf).join(''),
  )
}

/** A class is a type too. */
function declarationOf([name, value]: [string, unknown]): string {
  const isClass = typeof value === 'function' && String(value).startsWith('class')
  const type = isClass ? `export type ${name} = esm.${name}\n` : ''
  return `export declare const ${name}: typeof esm.${name}\n${type}`
}
