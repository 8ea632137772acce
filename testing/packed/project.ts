/** A project of a stranger who installed the packed package. */
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after } from 'node:test'
import { installInto, run } from './installing.ts'
import { ROOT } from './packing.ts'

/** @param template The folder whose files the project begins with. */
export async function projectOf(template: string, ...uses: readonly string[]): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'marketmeter-project-'))
  after(() => rm(folder, { recursive: true, force: true }))
  await cp(path.join(ROOT, template), folder, { recursive: true })
  await installInto(folder, uses)
  return folder
}

interface Compilation {
  readonly module: string
  readonly moduleResolution?: string
  readonly target?: string
  readonly files: readonly string[]
  readonly emit?: boolean
}

/** In a strict project that checks its libraries too. @throws With what the compiler said */
export async function typecheck(folder: string, compilation: Compilation): Promise<void> {
  const { files, emit = false, ...options } = compilation
  const compilerOptions = {
    target: 'es2025',
    ...options,
    strict: true,
    skipLibCheck: false,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noEmit: !emit,
    types: ['node'],
    typeRoots: [path.join(ROOT, 'node_modules/@types')],
  }
  await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
  await run(
    process.execPath,
    [path.join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', '.'],
    folder,
  )
}
