/**
 * What a seller's tests load, in a few files: what their programs import, as ESM and CommonJS with declarations for both, and
 * the command of the sandbox.
 *
 * Why bundled   `marketmeter/testing` is a hundred files and some packages, and each test file pays for them anew. Packages that are
 *               ESM alone cannot be required where a test runner loads modules by itself, as Jest does. The command starts in half
 *               the time and 15 MB less.
 * Checked by testing/packed/
 */
import { cp, mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import {
  type InputOptions,
  type OutputOptions,
  type Plugin,
  rolldown,
  type RolldownOutput,
} from 'rolldown'
import { removeOtherDeclarations, writeDeclarations, writeShapes } from './declarations.ts'
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

const COMMAND = 'cli/commands/sandbox'
/** What the command reads beside itself. */
const PAGE = 'sandbox/control/page'

/** Writes into `dist`, which tsc has written. */
export async function bundle(root: string, dist: string): Promise<void> {
  const folder = path.join(dist, 'exports')
  await mkdir(folder)
  const modules = await writeCommand(root, dist)
  await writeShapes(dist)
  for (const entry of ENTRIES) {
    modules.push(...(await writeExport(entry, root, folder)))
    await writeDeclarations(entry.module, entry.name, dist)
  }
  await removeOtherDeclarations(dist)
  await writeFile(path.join(dist, 'THIRD-PARTY.txt'), await noticeOf(modules))
}

/** In the place of tsc's. @returns The modules of packages that went in. */
async function writeCommand(root: string, dist: string): Promise<string[]> {
  const module = path.join(root, `src/${COMMAND}.ts`)
  const built = await rolldown({
    ...optionsFor(root, { sandbox: module }),
    plugins: [cliApart(module)],
  })
  const dir = path.join(dist, path.dirname(COMMAND))
  const output = await built.write({ dir, format: 'esm', ...namedBy('sandbox', 'js') })
  await built.close()
  await cp(path.join(root, 'src', PAGE), path.join(dir, path.basename(PAGE)), { recursive: true })
  return packagesIn(output)
}

/** The command line's own modules stay tsc's: it knows its failures by their class. */
function cliApart(command: string): Plugin {
  return {
    name: 'cli-apart',
    resolveId: (id, importer) =>
      importer === command && /^\.\.\/[^.]/.test(id)
        ? { id: id.replace(/\.ts$/, '.js'), external: true }
        : undefined,
  }
}

/** @returns The modules of packages that went in. */
async function writeExport(entry: Entry, root: string, folder: string): Promise<string[]> {
  const { name, module } = entry
  const built = await rolldown(optionsFor(root, { [name]: `src/${module}.ts` }))
  const modules: string[] = []
  for (const { extension, ...options } of FORMATS) {
    const output = await built.write({ ...options, dir: folder, ...namedBy(name, extension) })
    modules.push(...packagesIn(output))
  }
  await built.close()
  return modules
}

function optionsFor(root: string, input: Readonly<Record<string, string>>): InputOptions {
  return {
    cwd: root,
    input: { ...input },
    platform: 'node',
    // The seller's own.
    external: /^@aws-sdk\//,
    transform: { target: NODE_MIN },
  }
}

function packagesIn({ output }: RolldownOutput): string[] {
  const modules = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []))
  return modules.filter((module) => module.includes(`${path.sep}node_modules${path.sep}`))
}

function namedBy(entry: string, extension: string): OutputOptions {
  return { entryFileNames: `[name].${extension}`, chunkFileNames: `${entry}-[name].${extension}` }
}
