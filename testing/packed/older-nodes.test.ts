/**
 * The tests of the sandbox and of the client on the older Nodes: whatever is newer than those Nodes, in all that the two reach, fails here.
 *
 * Method      Each test file is bundled with what it tests, its types removed and no syntax newer than those Nodes, and run by that
 *             Node's own runner.
 * Left out    Tests that start programs from source or a browser: the command is tried by command.test.ts. The one that measures how
 *             long a wait is: on Node 20 it may end some milliseconds early.
 */
import { globSync, readFileSync } from 'node:fs'
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import { type Plugin, rolldown } from 'rolldown'
import ts from 'typescript'
import { run } from './installing.ts'
import { NODES } from './nodes.ts'
import { ROOT } from './packing.ts'

const NEEDS_SOURCE = /import\.meta|\.spec\.ts'|browser\.ts'|'marketmeter\/testing'/
/** A wait of the sandbox's keeps no process alive, and some tests have nothing else under way. */
const STAY = ['--import', 'data:text/javascript,setInterval(() => {}, 1000)', '--test-force-exit']

const PAGE = 'src/sandbox/control/page'

/** TypeScript's own helpers for `using`; the bundler's would be a package. */
const typescript: Plugin = {
  name: 'typescript',
  transform: (code, id) =>
    id.endsWith('.ts') ? ts.transpileModule(code, { compilerOptions: OPTIONS }).outputText : null,
}
const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
}

describe('the tests of the sandbox and the client', async () => {
  const folder = await bundled()
  after(() => rm(folder, { recursive: true, force: true }))
  const files = globSync('**/*.test.js', { cwd: folder })

  for (const { name, program, skip } of NODES.slice(0, -1)) {
    it(`pass on ${name}`, { skip }, async () => {
      await run(program, [...STAY, '--test', ...files], folder)
    })
  }
})

async function bundled(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'marketmeter-older-'))
  const files = globSync('src/{sandbox,client}/**/!(machine-clock).test.ts', { cwd: ROOT })
  const fit = files.filter(
    (file) => !NEEDS_SOURCE.test(readFileSync(path.join(ROOT, file), 'utf8')),
  )
  const built = await rolldown({
    cwd: ROOT,
    input: Object.fromEntries(fit.map((file) => [file.replace(/\.ts$/, ''), file])),
    platform: 'node',
    // Packages are taken from this checkout.
    external: /^[\w@][^:]*$/,
    plugins: [typescript],
  })
  await built.write({ dir: folder, format: 'esm', chunkFileNames: 'chunks/[name].js' })
  await built.close()
  // What the control port reads beside itself.
  await cp(path.join(ROOT, PAGE), path.join(folder, PAGE), { recursive: true })
  await writeFile(path.join(folder, 'package.json'), '{"type":"module"}')
  await symlink(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'))
  return folder
}
